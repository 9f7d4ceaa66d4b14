// The shared libraries in the packages of a Linux distribution (deb, rpm, apk), unpacked by the distributions' own tools, apk by Node's.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { PackageURL } from "packageurl-js";
import { Parser, type ReadEntry } from "tar";
import type { LedgerRow } from "../derive/ledger.ts";
import { ItemError } from "../errors.ts";
import type { PackageType } from "../formats/sbom/distribution-purl.ts";

/** The types of packages by the suffixes of their files. */
const TYPES = new Map<string, PackageType>([
  [".deb", "deb"],
  [".rpm", "rpm"],
  [".apk", "apk"],
]);

/** The packages in a folder and those below it, by their files' names; source packages and those with debug symbols alone apart. */
export function packagesIn(folder: string): { path: string; type: PackageType }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .flatMap((name) => {
      const type = TYPES.get(name.slice(-4));
      return type === undefined || /\.src\.rpm$|-dbgsym_|-debuginfo-/.test(name)
        ? []
        : [{ path: join(folder, name), type }];
    });
}

/** A row of the ledger for each shared library of a package of this distribution; ItemError `content` if it is none, or cannot be unpacked. */
export async function librariesOf(path: string, type: PackageType, distribution: string): Promise<LedgerRow[]> {
  const { name, version, libraries } = await READERS[type](path);
  if (!name || !version)
    throw new ItemError("content", `${basename(path)}: no name and version, expected a ${type} package`);
  const purl = new PackageURL(type, distribution, name, version, null, null).toString();
  const learned = `package ${basename(path)}`;
  return libraries.map(({ original, digits }) => ({ original, digits, purl, learned }));
}

interface Library {
  original: string;
  digits: string;
}

interface Package {
  name: string | undefined;
  version: string | undefined;
  libraries: Library[];
}

const READERS: Record<PackageType, (path: string) => Promise<Package>> = {
  async deb(path) {
    const [name, version] = await linesOf("dpkg-deb", ["--show", `--showformat=\${Package}\\n\${Version}\\n`, path]);
    return { name, version, libraries: (await readTar(outputOf("dpkg-deb", ["--fsys-tarfile", path]))).libraries };
  },
  async rpm(path) {
    const format = "%{NAME}\\n%{VERSION}-%{RELEASE}\\n";
    const [name, version] = await linesOf("rpm", [
      "--query",
      "--package",
      "--nosignature",
      "--queryformat",
      format,
      path,
    ]);
    return { name, version, libraries: (await readTar(outputOf("rpm2archive", ["-n", "-"], path))).libraries };
  },
  // Three tar files in gzip, one after the other: its signature, what it says of itself (.PKGINFO), and its files.
  async apk(path) {
    const { libraries, info } = await readTar({
      stream: createReadStream(path).pipe(createGunzip()),
      ended: Promise.resolve(),
    });
    const said = (field: string) => new RegExp(`^${field} = (\\S+)$`, "m").exec(info ?? "")?.[1];
    return { name: said("pkgname"), version: said("pkgver"), libraries };
  },
};

const IS_LIBRARY = /^lib.*\.so$|\.so(\.\d\w*)+$/;

/** What is in a tar file: its shared libraries, links apart, as auditwheel copies what a link leads to; and the text of its .PKGINFO. */
async function readTar({ stream, ended }: Output): Promise<{ libraries: Library[]; info: string | null }> {
  const libraries: Library[] = [];
  let info: string | null = null;
  const parser = new Parser({ strict: true });
  parser.on("entry", (entry: ReadEntry) => {
    const original = basename(entry.path);
    const isFile = entry.type === "File" || entry.type === "OldFile";
    if (isFile && entry.path === ".PKGINFO") {
      const parts: Buffer[] = [];
      entry.on("data", (part) => parts.push(part as Buffer));
      entry.on("end", () => {
        info = Buffer.concat(parts).toString("utf8");
      });
    } else if (isFile && IS_LIBRARY.test(original)) {
      const hash = createHash("sha256");
      entry.on("data", (part) => hash.update(part as Buffer));
      entry.on("end", () => libraries.push({ original, digits: hash.digest("hex").slice(0, 8) }));
    } else entry.resume();
  });
  try {
    await pipeline(stream, parser as unknown as NodeJS.WritableStream);
  } catch (error) {
    await ended; // What the tool that unpacks has said tells more.
    throw new ItemError("content", `${(error as Error).message}, expected a package that can be unpacked`);
  }
  await ended;
  return { libraries, info };
}

/** What a program prints; `ended` is refused with what it has said if it fails. */
interface Output {
  stream: Readable;
  ended: Promise<void>;
}

function outputOf(program: string, words: string[], input?: string): Output {
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"] });
  if (input === undefined) child.stdin.end();
  else
    createReadStream(input)
      .on("error", () => child.stdin.end())
      .pipe(child.stdin);
  child.stdin.on("error", () => {}); // It has ended before it has read all, and says why.
  let said = "";
  child.stderr.on("data", (part) => (said += part));
  const ended = new Promise<void>((resolve, reject) => {
    child.on("error", (error) =>
      reject(new ItemError("content", `${program}: ${error.message}, expected it to be installed`)),
    );
    child.on("close", (code) => {
      if (code === 0) resolve();
      else
        reject(
          new ItemError(
            "content",
            `${program}: ${said.trim().split("\n")[0] || `exit code ${code}`}, expected a package`,
          ),
        );
    });
  });
  ended.catch(() => {}); // Whoever reads the output waits for it afterwards.
  return { stream: child.stdout, ended };
}

async function linesOf(program: string, words: string[]): Promise<string[]> {
  const { stream, ended } = outputOf(program, words);
  let text = "";
  for await (const part of stream) text += part;
  await ended;
  return text.split("\n");
}
