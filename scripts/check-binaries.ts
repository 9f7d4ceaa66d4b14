// Do the readers of native files say what readelf, llvm-objdump and pefile say? Compares them over every native file of the wheels in a folder,
// each distinct one once. Exits with 1 where they differ. They have to be installed (Debian: binutils, llvm, python3-pefile).
//   node --import tsx scripts/check-binaries.ts FOLDER          (real wheels: scripts/real-wheels FOLDER)
import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import yauzl from "yauzl";
import type { BinaryFormat } from "../pipeline/formats/binary/facts.ts";
import { Pieces } from "../pipeline/formats/binary/pieces.ts";
import { readBinary } from "../pipeline/formats/binary/read.ts";
import { NATIVE_SUFFIX } from "../pipeline/naming/native-suffix.ts";
import { byObjdump, byPefile, byReadelf, type Told } from "../test/oracle/native-facts.ts";

const ORACLES: Record<BinaryFormat, (file: string) => Told> = { elf: byReadelf, macho: byObjdump, pe: byPefile };

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node --import tsx scripts/check-binaries.ts FOLDER");
  process.exit(2);
}
const counts: Record<string, number> = {};
const seen = new Set<string>();
const file = join(tmpdir(), `native-file-${process.pid}`);
let differing = 0;
for (const wheel of readdirSync(folder)
  .filter((each) => each.endsWith(".whl"))
  .sort()) {
  for await (const { path, bytes } of nativeFiles(join(folder, wheel))) {
    const hash = createHash("sha256").update(bytes).digest("hex");
    const facts = readBinary(Pieces.whole(bytes));
    if (facts === null || seen.has(hash)) continue;
    seen.add(hash);
    writeFileSync(file, bytes);
    const told = ORACLES[facts.format](file);
    for (const [field, expected] of Object.entries(told)) {
      const found = facts[field as keyof Told];
      if (isDeepStrictEqual(found, expected)) continue;
      differing += 1;
      console.error(`${wheel} ${path}: ${field}: ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
    }
    counts[facts.format] = (counts[facts.format] ?? 0) + 1;
  }
}
rmSync(file, { force: true });
console.log(
  `${Object.entries(counts)
    .map(([format, count]) => `${count} ${format}`)
    .join(", ")} files: ${differing} facts differ`,
);
process.exitCode = differing > 0 || seen.size === 0 ? 1 : 0;

async function* nativeFiles(wheel: string): AsyncGenerator<{ path: string; bytes: Buffer }> {
  const zip = await yauzl.openPromise(wheel);
  for await (const entry of zip.eachEntry()) {
    if (!NATIVE_SUFFIX.test(entry.fileName)) continue;
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    yield { path: entry.fileName, bytes: Buffer.concat(chunks) };
  }
}
