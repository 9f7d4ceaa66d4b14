#!/usr/bin/env python3
"""Lists the native members of a folder of wheels as CPython reads them, with zipfile and csv alone.

What is native is told here by rules of its own, shorter than the survey's: a suffix, a macOS framework, a name without a dot in
.dylibs, a program by its mode and size. Where the two differ, one of them is wrong.

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

SUFFIXES = (".so", ".pyd", ".dll", ".dylib", ".a", ".lib", ".la", ".node", ".exe")
VERSIONED = re.compile(r".\.(so|dylib)\.[vx]?[0-9]([\w.+~-]*)\Z")
BESIDE = (".py", ".license", ".txt", ".debug", ".md5", ".sha256")
NO_PROGRAM = (".py", ".pyi", ".sh", ".pl", ".js", ".txt", ".json", ".html", ".wasm", ".bc", ".h", ".png", ".zip", ".jar", ".dat")
LEAST_PROGRAM = 65536
SHA256 = re.compile(r"sha256=(?:([A-Za-z0-9_-]{43})=?|([0-9a-fA-F]{64}))")


def is_native(info):
    *folders, name = info.filename.split("/")
    if name.startswith("._") or any(folder == "__MACOSX" or folder.endswith(".dSYM") for folder in folders):
        return False
    if not name.startswith(".") and name.lower().endswith(SUFFIXES):
        return True
    if VERSIONED.search(name):
        return not name.endswith(BESIDE)
    framework = next((folder for folder in reversed(folders) if folder.endswith(".framework")), None)
    if framework == name + ".framework" and folders[-1:] != ["Helpers"]:
        return folders[-1] == framework or folders[-2] == "Versions"
    if "." not in name and any(folder.endswith(".dylibs") for folder in folders):
        return not name.startswith("LICENSE")
    executable = info.external_attr >> 16 & 0o111 or re.match(r"[^/]+\.data/scripts/", info.filename)
    return bool(
        executable
        and info.file_size >= LEAST_PROGRAM
        and "include" not in folders
        and not name.startswith(("LICENSE", "README"))
        and not name.lower().endswith(NO_PROGRAM)
    )


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


def digest(field):
    """The SHA-256 of RECORD's second column in lower-case hex, or None."""
    match = SHA256.fullmatch(field)
    if match is None:
        return None
    return match[2].lower() if match[2] else base64.urlsafe_b64decode(match[1] + "=").hex()


def hashes(archive, record):
    names = set(archive.namelist())
    rows = csv.reader(io.StringIO(archive.read(record).decode("utf-8"), newline=""))
    found = {}
    for row in rows:
        path = row[0] if row else ""
        path = path if path in names else path.replace("\\", "/")
        found[path] = digest(row[1]) if len(row) > 1 else None
    return found


def members(path):
    with zipfile.ZipFile(path) as archive:
        record = record_path(path.name, archive.namelist())
        recorded = hashes(archive, record) if record else {}
        for info in archive.infolist():
            if not info.is_dir() and is_native(info):
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
