// What other programs say of a native file: GNU readelf of ELF, llvm-objdump of Mach-O, pefile (Python) of PE.
import { spawnSync } from "node:child_process";
import type { BinaryFacts } from "../../pipeline/formats/binary/facts.ts";

/** The facts that others tell too. */
export type Told = Partial<Pick<BinaryFacts, "identity" | "soname" | "needed" | "glibc" | "resourceVersion">>;

// A program that warns of something else in the file ends with 1, and what it has said is there.
function said(program: string, words: string[]): string {
  const { error, stdout } = spawnSync(program, words, { encoding: "utf8", maxBuffer: 1e9 });
  if (error) throw error;
  return stdout;
}

/** What GNU readelf says of an ELF file. */
export function byReadelf(file: string): Required<Omit<Told, "resourceVersion">> {
  const readelf = (what: string) => said("readelf", ["--wide", what, file]);
  const dynamic = readelf("--dynamic");
  const versions = [...readelf("--version-info").matchAll(/Name: GLIBC_([\d.]+)/g)].map(([, version]) => version!);
  const byNumber = new Intl.Collator("en", { numeric: true });
  return {
    identity: /Build ID: ([0-9a-f]+)/.exec(readelf("--notes"))?.[1] ?? null,
    soname: /\(SONAME\)\s+Library soname: \[(.*)\]/.exec(dynamic)?.[1] ?? null,
    needed: [...dynamic.matchAll(/\(NEEDED\)\s+Shared library: \[(.*)\]/g)].map(([, name]) => name!),
    glibc: versions.sort(byNumber.compare).at(-1) ?? null,
  };
}

/** What llvm-objdump says of a Mach-O file's first slice. */
export function byObjdump(file: string): Told {
  const [first = ""] = said("llvm-objdump", ["--macho", "--private-headers", file])
    .split(/^Mach header$/m)
    .slice(1);
  const commands = first.split(/^Load command \d+$/m);
  const names = (kinds: RegExp) =>
    commands.filter((each) => kinds.test(each)).map((each) => /^ +name (.*) \(offset \d+\)$/m.exec(each)![1]!);
  return {
    identity: /uuid ([0-9A-F-]+)/.exec(first)?.[1]?.replaceAll("-", "").toLowerCase() ?? null,
    soname: names(/cmd LC_ID_DYLIB$/m)[0] ?? null,
    needed: names(/cmd LC_(?:LOAD|LOAD_WEAK|REEXPORT|LOAD_UPWARD|LAZY_LOAD)_DYLIB$/m),
  };
}

const PEFILE = `import json, pefile, sys
f = pefile.PE(sys.argv[1])
fixed = getattr(f, "VS_FIXEDFILEINFO", None)
exports = getattr(f, "DIRECTORY_ENTRY_EXPORT", None)
name = exports.name if exports else None
ms, ls = (fixed[0].FileVersionMS, fixed[0].FileVersionLS) if fixed else (0, 0)
print(json.dumps({
  "identity": "%x%x" % (f.FILE_HEADER.TimeDateStamp, f.OPTIONAL_HEADER.SizeOfImage),
  "soname": name.decode("latin1") if name else None,
  "needed": [each.dll.decode("latin1") for each in getattr(f, "DIRECTORY_ENTRY_IMPORT", [])],
  "resourceVersion": "%d.%d.%d.%d" % (ms >> 16, ms & 65535, ls >> 16, ls & 65535) if fixed else None,
}))`;

/** What pefile says of a PE file. */
export function byPefile(file: string): Told {
  return JSON.parse(said("python3", ["-c", PEFILE, file]));
}
