#!/usr/bin/env python3
"""Lists the native members of a folder of wheels as CPython reads them, with zipfile and csv alone.

    python3 test/oracle/zipfile-listing.py FOLDER

Prints one line of JSON for each member, {"wheel", "path", "size", "crc32", "sha256"}: wheels by name, members in the
directory's order; sha256 in lower-case hex from the RECORD of the wheel's own .dist-info, or null where that has none.
"""

import base64
import csv
import io
import json
import pathlib
import re
import sys
import zipfile

NATIVE = re.compile(r"\.(so(\..+)?|pyd|dll|dylib|a|lib|la)\Z", re.IGNORECASE)
SHA256 = re.compile(r"sha256=([A-Za-z0-9_-]{43})=?")


def comparable(name):
    return re.sub(r"[-_.+!]+", "_", name).lower()


def record_path(wheel, names):
    """The RECORD of the wheel's own .dist-info: the one named like the wheel, or the only one."""
    candidates = [name for name in names if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)]
    own = comparable("-".join(wheel.split("-")[:2]) + ".dist-info/RECORD")
    for candidate in candidates:
        if comparable(candidate) == own:
            return candidate
    return candidates[0] if len(candidates) == 1 else None


def hashes(archive, record):
    rows = csv.reader(io.StringIO(archive.read(record).decode("utf-8"), newline=""))
    found = {}
    for row in rows:
        digest = SHA256.fullmatch(row[1]) if len(row) > 1 else None
        found[row[0] if row else ""] = base64.urlsafe_b64decode(digest[1] + "=").hex() if digest else None
    return found


def members(path):
    with zipfile.ZipFile(path) as archive:
        record = record_path(path.name, archive.namelist())
        recorded = hashes(archive, record) if record else {}
        for info in archive.infolist():
            if not info.is_dir() and NATIVE.search(info.filename.rsplit("/", 1)[-1]):
                sha256 = recorded.get(info.filename)
                yield {
                    "wheel": path.name,
                    "path": info.filename,
                    "size": info.file_size,
                    "crc32": info.CRC,
                    "sha256": sha256,
                }


def main():
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_dir():
        print("zipfile-listing: no folder of wheels, expected zipfile-listing.py FOLDER", file=sys.stderr)
        sys.exit(2)
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.whl")):
        for member in members(path):
            print(json.dumps(member))


main()
