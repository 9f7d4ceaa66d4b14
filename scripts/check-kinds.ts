// Are extension modules told from libraries rightly? Reads the bytes of every native member of a folder of whole wheels, and
// compares what its name made of it with whether it exports what CPython looks for: PyInit_<module> or PyModExport_<module>
// (https://docs.python.org/3/extending/building.html). Prints each disagreement; exits with 1 if there is one.
//   node --import tsx scripts/check-kinds.ts FOLDER
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import yauzl from "yauzl";
import { isNativeMember, nameLibrary } from "../pipeline/naming/library-name.ts";

/** A member whose name and bytes disagree. */
export interface Disagreement {
  wheel: string;
  path: string;
  kind: string;
  exportsModule: boolean;
}

/** Checks every wheel of a folder; gives the number of members compared, and those that disagree. */
export async function checkKinds(folder: string): Promise<{ members: number; disagreements: Disagreement[] }> {
  let members = 0;
  const disagreements: Disagreement[] = [];
  for (const wheel of readdirSync(folder).filter((name) => name.endsWith(".whl"))) {
    const archive = await yauzl.openPromise(join(folder, wheel), { autoClose: false });
    for await (const entry of archive.eachEntry()) {
      const path = entry.fileName;
      const { kind, group } = nameLibrary(path);
      if (!isNativeMember(path) || (kind !== "extension-module" && kind !== "shared-library" && group !== "plugin"))
        continue;
      const exportsModule = await exportsModuleOf(path, await archive.openReadStreamPromise(entry));
      members += 1;
      if (exportsModule !== (kind === "extension-module")) disagreements.push({ wheel, path, kind, exportsModule });
    }
    archive.close();
  }
  return { members, disagreements };
}

// The name stands in the file's string table, behind a NUL (in Mach-O behind an underscore too) and before one.
async function exportsModuleOf(path: string, content: AsyncIterable<Buffer>): Promise<boolean> {
  const [folder, file] = path.split("/").slice(-2) as [string, string?];
  const module = file?.startsWith("__init__.") ? folder : (file ?? folder).split(".")[0]!;
  const wanted = ["PyInit_", "PyModExport_"].map((prefix) => Buffer.from(`${prefix}${module}\0`));
  const overlap = Math.max(...wanted.map(({ length }) => length));
  let end = Buffer.alloc(0);
  let found = false;
  for await (const chunk of content) {
    const bytes = Buffer.concat([end, chunk]);
    found ||= wanted.some((name) => bytes.includes(name));
    end = bytes.subarray(-overlap);
  }
  return found;
}

async function main(folder: string | undefined): Promise<number> {
  if (folder === undefined) {
    process.stderr.write("usage: node --import tsx scripts/check-kinds.ts FOLDER\n");
    return 2;
  }
  const checked = await checkKinds(folder).catch((error: Error) => error);
  if (checked instanceof Error) {
    process.stderr.write(`${folder}: ${checked.message}, expected a folder of whole wheels\n`);
    return 2;
  }
  const { members, disagreements } = checked;
  for (const { wheel, path, kind, exportsModule } of disagreements)
    process.stdout.write(`${wheel}\t${path}\t${kind}\t${exportsModule ? "exports" : "does not export"} its module\n`);
  process.stderr.write(`${members} members, ${disagreements.length} of them named otherwise than their bytes say\n`);
  return disagreements.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv[2]);
