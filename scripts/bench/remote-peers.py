"""What Python reads the directory of a ZIP archive over HTTP with: remotezip, and pip's lazy wheel.

Speaks what contender.ts speaks: one job a line on stdin, one outcome a line on stdout, both JSON; the first line says
whether the peer named by the one argument can be imported.
"""

import hashlib
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from zipfile import ZipFile

SESSIONS = threading.local()


def remotezip_opener():
    import requests
    from remotezip import RemoteFetcher, RemoteZip

    def session():
        if not hasattr(SESSIONS, "session"):
            SESSIONS.session = requests.Session()
            SESSIONS.session.trust_env = False
        return SESSIONS.session

    def opened(url, size):
        # It would ask for a suffix, which PyPI's file host takes badly; told the size, it asks for the same bytes in numbers.
        class Fetcher(RemoteFetcher):
            def get_file_size(self):
                return size

        return RemoteZip(url, session=session(), fetcher=Fetcher, support_suffix_range=False)

    return opened


def pip_opener():
    from pip._internal.network.lazy_wheel import LazyZipOverHTTP
    from pip._internal.network.session import PipSession

    def opened(url, _size):
        if not hasattr(SESSIONS, "session"):
            SESSIONS.session = PipSession()
            SESSIONS.session.trust_env = False
        return ZipFile(LazyZipOverHTTP(url, SESSIONS.session))

    return opened


OPENERS = {"remotezip": remotezip_opener, "pip": pip_opener}


def run(opened, job):
    def read(target):
        with opened(job["origin"] + target["path"], target["size"]) as archive:
            members = archive.infolist()
            record = archive.read(target["recordPath"])
        digest = None
        if job["check"]:
            lines = "".join(f"{each.filename}\t{each.file_size}\t{each.compress_size}\n" for each in members)
            digest = hashlib.sha256(lines.encode() + record).hexdigest()
        return target["filename"], len(members), len(record), digest

    cpu, began = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(job["concurrency"]) as pool:
        found = list(pool.map(read, job["targets"]))
    outcome = {
        "seconds": time.perf_counter() - began,
        "cpuSeconds": time.process_time() - cpu,
        "members": sum(members for _, members, _, _ in found),
        "recordBytes": sum(record for _, _, record, _ in found),
        "digest": None,
    }
    if job["check"]:
        lines = sorted(f"{digest}  {filename}\n" for filename, _, _, digest in found)
        outcome["digest"] = hashlib.sha256("".join(lines).encode()).hexdigest()
    return outcome


def main():
    try:
        opened = OPENERS[sys.argv[1]]()
    except ImportError as error:
        print(json.dumps({"ready": False, "why": str(error)}), flush=True)
        return
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(run(opened, json.loads(line))), flush=True)


main()
