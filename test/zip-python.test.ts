// What is accepted is listed and read by Python's zipfile, hence by pip, in exactly the same way.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { contentOf, listZip, ODD, orNull, PLAIN, REFUSED } from "./zip-archives.ts";
import { mutants } from "./zip-mutator.ts";

const SEED = 3_141_592;
const COUNT = 600;

/** Prints one JSON value for each file of a folder, by name: its entries with the SHA-256 of what can be read, or null. */
const LISTING = `
import hashlib, json, os, sys, zipfile
def digest(archive, info):
    try:
        return hashlib.sha256(archive.read(info)).hexdigest()
    except Exception:
        return None
for name in sorted(os.listdir(sys.argv[1])):
    try:
        with zipfile.ZipFile(os.path.join(sys.argv[1], name)) as archive:
            entries = [[i.filename, i.file_size, i.compress_size, i.CRC, i.header_offset, digest(archive, i)] for i in archive.infolist()]
    except Exception:
        entries = None
    print(json.dumps(entries))
`;

type Listed = [path: string, size: number, compressed: number, crc32: number, offset: number, sha256: string | null][];

/** The same of this reader. */
function list(archive: Buffer): Listed | null {
  const entries = orNull(() => listZip(archive).entries);
  if (entries === null) return null;
  return entries.map((entry) => {
    const content = orNull(() => contentOf(archive, entry));
    const sha256 = content && createHash("sha256").update(content).digest("hex");
    return [entry.path, entry.size, entry.compressedSize, entry.crc32, entry.headerOffset, sha256];
  });
}

const python = spawnSync("python3", ["--version"], { encoding: "utf8" });

test("what is accepted is what Python's zipfile lists and reads", { skip: python.error && "no python3 here" }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zip-python-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const archives = [
    ...PLAIN.map(([, archive]) => archive),
    ...[...ODD, ...REFUSED].map(([, , archive]) => archive),
    ...mutants(SEED, COUNT),
  ];
  for (const [index, archive] of archives.entries()) writeFileSync(join(folder, `${index}`.padStart(6, "0")), archive);
  const { stdout, status, stderr } = spawnSync("python3", ["-c", LISTING, folder], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  assert.equal(status, 0, stderr);

  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, archives.length);
  let accepted = 0;
  for (const [index, archive] of archives.entries()) {
    const ours = list(archive);
    if (ours === null) continue;
    accepted++;
    const theirs = JSON.parse(lines[index]!) as Listed | null;
    assert.ok(theirs, `archive ${index} is accepted, and refused by Python`);
    // An entry that this reader refuses for its local header may be read by Python: then only the listing is compared.
    const compared = theirs.map((entry, place) => [...entry.slice(0, 5), ours[place]?.[5] && entry[5]]);
    assert.deepEqual(compared, ours, `archive ${index}`);
  }
  assert.ok(accepted > 80, `${accepted} accepted`);
});
