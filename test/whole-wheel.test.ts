// A server that ignores ranges sends wheels whole: they get the verdict and the facts that ranges give, and a second opinion.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { secondOpinion } from "../pipeline/collect/whole-wheel.ts";
import type { ZipReason } from "../pipeline/formats/zip/reasons.ts";
import { everything, indexFor, project, requestTo, rows, scratchFolder, survey } from "./harness.ts";
import type { FaultPlan } from "./loopback/faults.ts";
import { type Extent, memoryFile, memorySource, type SourceFile } from "./loopback/source.ts";
import { ENTRY_FAULTS, listZip } from "./zip-archives.ts";
import { buildZip, type EntryToWrite, extraField } from "./zip-builder.ts";

const IGNORING: FaultPlan = ({ range }) => (range === null ? undefined : { kind: "ignore-range" });
const RECORD = "pkg-1.0.dist-info/RECORD";
const ROWS = "pkg/core.pyd,,\n".repeat(20).slice(0, 280);
const FAR = 512 * 1024; // Of an entry between RECORD and the directory, so that the first range does not reach RECORD.

/** What is written in RECORD's place, and why the wheel is refused: every fault of an entry, and what is merely odd. */
const CASES: [reason: ZipReason | null, title: string, changes: Partial<EntryToWrite>][] = [
  ...ENTRY_FAULTS,
  ["local-name", "another byte", { localName: RECORD.replace("O", "0") }],
  ["entry-too-large", "8 MiB and a byte", { data: Buffer.alloc(8 * 1024 * 1024 + 1) }],
  [null, "nothing odd", {}],
  [null, "stored", { method: 0 }],
  [null, "a data descriptor", { descriptor: {} }],
  [null, "a local extra field", { localExtra: extraField(9, Buffer.alloc(9)) }],
];

function wheelWith(nth: number, changes: Partial<EntryToWrite>, between: EntryToWrite[]): SourceFile {
  const record = { name: RECORD, data: ROWS, method: 8, ...changes };
  const archive = buildZip([{ name: "pkg/core.pyd", data: `core ${nth}` }, record, ...between, { name: "pkg/b.py" }]);
  return memoryFile(`pkg${String(nth).padStart(2, "0")}-1.0-cp312-cp312-win_amd64.whl`, archive);
}

/** What a survey says of these wheels, but for its cost; of each, by name, why it is refused and whether it was read whole; the number of requests. */
async function surveyed(t: TestContext, files: SourceFile[], fault?: FaultPlan) {
  const source = memorySource(files.map((file) => project(file.filename.split("-")[0]!, [file])));
  const index = await indexFor(t, source, fault ? { fault } : {});
  const request = requestTo(index, scratchFolder(t), { top: files.length });
  await survey(request);
  const read = (sql: string) => rows(request.database, sql);
  const { survey_cost, ...views } = everything(request.database);
  const wheels = read(
    `SELECT s.wheel, w.entries, s.native_files, w.uncompressed_size, w.directory_size, w.tail_needed, w.dist_info, s.repair_tool
     FROM surveyed_wheel s JOIN wheel w ON lower(hex(w.sha256)) = s.sha256 ORDER BY s.wheel`,
  );
  const anomalies = read(
    "SELECT filename, tag, detail FROM anomaly JOIN binary_wheel USING (wheel_id) ORDER BY filename, tag",
  );
  const verdicts = read(
    `SELECT read_whole, (SELECT message FROM failure WHERE item = filename) AS message
     FROM wheel JOIN binary_wheel USING (wheel_id) ORDER BY filename`,
  ) as { read_whole: 0 | 1; message: string | null }[];
  return {
    facts: { views, wheels, anomalies },
    reasons: verdicts.map(({ message }) => message?.split(":")[0] ?? null),
    readWhole: verdicts.map((verdict) => verdict.read_whole === 1),
    requests: index.requests.length,
  };
}

for (const [where, between, ranges] of [
  ["in the range that is asked for first", [], 1],
  ["in a second range", [{ name: "pkg/data.bin", data: Buffer.alloc(FAR) }], 2],
] as const) {
  test(`whatever is wrong with RECORD, ${where}: the whole file gives the same verdict and the same facts`, async (t) => {
    const wheels = CASES.map(([, , changes], nth) => wheelWith(nth, changes, [...between]));
    const ranged = await surveyed(t, wheels);
    const whole = await surveyed(t, wheels, IGNORING);
    assert.deepEqual(whole.facts, ranged.facts);
    assert.deepEqual(
      ranged.reasons,
      CASES.map(([reason]) => reason),
    );
    assert.deepEqual(
      whole.readWhole,
      CASES.map(([reason]) => reason === null),
    );
    assert.equal(ranged.requests, 1 + wheels.length * (1 + ranges));
    assert.equal(whole.requests, 1 + wheels.length * 2);
  });
}

test("a server that answers one range and then sends another file whole: verdict and facts are that file's", async (t) => {
  const between = (name: string) => [{ name, data: Buffer.alloc(FAR) }];
  const announced = wheelWith(0, {}, between("pkg/one.pyd"));
  const other = wheelWith(0, {}, between("pkg/two.pyd"));
  const [{ bytes }] = announced.content as [Extent];
  const end = buildZip([], { zip64: true, locator: { recordOffset: 2n ** 63n } }).subarray(-42); // yauzl alone would throw.
  const hostile = memoryFile(announced.filename, Buffer.concat([bytes.subarray(0, -42), end]));
  const sendsWhole = (sent: SourceFile) => {
    const file = { ...announced };
    return surveyed(t, [file], ({ range }) => {
      if (range === null || range.endsWith(`-${file.size - 1}`)) return undefined;
      file.content = sent.content;
      return { kind: "ignore-range" };
    });
  };
  const { facts } = await sendsWhole(other);
  const { anomalies, ...expected } = (await surveyed(t, [other])).facts;
  const mismatch = {
    filename: other.filename,
    tag: "hash-mismatch",
    detail: "the whole file's SHA-256 is not the index's",
  };
  assert.deepEqual(facts, { ...expected, anomalies: [mismatch, ...anomalies] });
  assert.deepEqual((await sendsWhole(hostile)).reasons, ["zip64-record-missing"]);
});

test("where yauzl lists something else, or cannot read on, the second opinion says at which entry", async (t) => {
  const file = join(scratchFolder(t), "archive.zip");
  const archive = buildZip([{ name: "a" }, { name: "b", data: "text" }]);
  const { entries } = listZip(archive);
  const [a, b] = entries as [(typeof entries)[0], (typeof entries)[0]];
  const opinion = async (bytes: Buffer, ours: typeof entries) => {
    writeFileSync(file, bytes);
    return secondOpinion(file, ours);
  };
  assert.equal(await opinion(archive, entries), null);
  assert.match((await opinion(archive, [a, { ...b, path: "c" }]))!, /^entry 1: \["b",.*, expected \["c",/);
  for (const field of ["size", "compressedSize", "crc32", "headerOffset"] as const)
    assert.match((await opinion(archive, [a, { ...b, [field]: 9 }]))!, /^entry 1: .*, expected .*\b9\b/);
  assert.match((await opinion(archive, [a]))!, /^entry 1: .*, expected no more$/);
  assert.equal(await opinion(archive, [a, b, b]), "2 entries, expected 3");
  assert.match(
    (await opinion(buildZip([{ name: "../a" }]), [a]))!,
    /^entry 0: invalid relative path.*, expected \["a",/,
  );
  assert.match((await opinion(Buffer.alloc(30), [a]))!, /^entry 0: End of central directory record .*, expected/);
  await assert.rejects(secondOpinion(join(file, "nothing"), [a]), { code: "ENOTDIR" });
});
