// Files that readers see whole or not at all: a set is written beside its place, flushed, and then renamed into it.
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { EXIT, RunError } from "../errors.ts";
import { makeFolder } from "../folders.ts";

const FORMERLY = new Set(["then-and-now.csv", "then-and-now.md"]); // Written into an edition's folder only while there is an import.

/** Replaces the folder `name` under `root` by one with exactly these files (name → text); says whether anything changed. RunError 7 if it cannot. */
export function replaceFolder(root: string, name: string, files: Map<string, string>): boolean {
  const target = join(root, name);
  const fresh = join(root, `.${name}.new`);
  const old = join(root, `.${name}.old`);
  try {
    if (existsSync(root) && !statSync(root).isDirectory())
      throw new RunError(EXIT.output, `output ${root}: not a folder, expected one or none`);
    makeFolder(root);
    refuseLink(target);
    if (!existsSync(target) && existsSync(old)) renameSync(old, target);
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
    refuseStrangers(target, files);
    if (holdsExactly(target, files)) return false;
    mkdirSync(fresh);
    for (const [file, text] of files) writeFlushed(join(fresh, file), text);
    if (existsSync(target)) renameSync(target, old);
    try {
      renameSync(fresh, target);
    } catch (error) {
      if (existsSync(old)) renameSync(old, target);
      throw error;
    }
    rmSync(old, { recursive: true, force: true });
    return true;
  } catch (error) {
    removeQuietly(fresh);
    throw outputError(target, error);
  }
}

/** The SHA-256 over a folder's files and their names, in hex; that of nothing if it is not there. */
export function hashFolder(root: string, name: string): string {
  const hash = createHash("sha256");
  const folder = join(root, name);
  try {
    for (const file of existsSync(folder) ? readdirSync(folder).sort() : [])
      hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  } catch (error) {
    throw outputError(folder, error);
  }
  return hash.digest("hex");
}

/** Replaces one file under `root` that begins with our `heading`, unless it has that text already. RunError 7 if it cannot. */
export function replaceFile(root: string, name: string, heading: string, text: string): void {
  const target = join(root, name);
  const fresh = join(root, `.${name}.new`);
  try {
    refuseLink(target);
    const found = existsSync(target) ? readFileSync(target, "utf8") : heading;
    if (found === text) return;
    if (!found.startsWith(heading))
      throw new RunError(
        EXIT.output,
        `output ${target}: not written by this program, expected no such file; choose another folder`,
      );
    rmSync(fresh, { force: true });
    writeFlushed(fresh, text);
    renameSync(fresh, target);
  } catch (error) {
    removeQuietly(fresh);
    throw outputError(target, error);
  }
}

// What a person has put into the folder is not ours to delete.
function refuseStrangers(folder: string, files: Map<string, string>): void {
  if (!existsSync(folder)) return;
  const stranger = readdirSync(folder).find((name) => !files.has(name) && !FORMERLY.has(name));
  if (stranger === undefined) return;
  throw new RunError(
    EXIT.output,
    `output ${join(folder, stranger)}: not written by this program, expected no such file; choose another folder`,
  );
}

function holdsExactly(folder: string, files: Map<string, string>): boolean {
  if (!existsSync(folder)) return false;
  const names = readdirSync(folder);
  return (
    names.length === files.size && names.every((name) => files.get(name) === readFileSync(join(folder, name), "utf8"))
  );
}

function writeFlushed(path: string, text: string): void {
  const fd = openSync(path, "wx");
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // What went wrong before is what matters.
  }
}

// A link in the output folder could lead the reports over somebody's files.
function refuseLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new RunError(EXIT.output, `output ${path}: a symbolic link, expected a folder or file of its own`);
  }
}

function outputError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof RunError || !code) return error;
  return new RunError(EXIT.output, `output ${path}: ${(error as Error).message}, expected to be able to write it`);
}
