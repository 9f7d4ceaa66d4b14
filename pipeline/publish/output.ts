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
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { EXIT, RunError } from "../errors.ts";
import { makeFolder } from "../folders.ts";

/** A folder under `root` that holds files of ours alone; `known` are the names that they may have. */
export interface OwnFolder {
  root: string;
  name: string;
  known: ReadonlySet<string>;
}

/** A file under `root` that begins with our `heading`. */
export interface OwnFile {
  root: string;
  name: string;
  heading: string;
}

/** Finds out, and leaves nothing behind, whether a folder and a file beside it could be replaced; RunError 7 if not. */
export function checkOutput({ root, name, known }: OwnFolder, file: OwnFile): void {
  const target = join(root, name);
  const fresh = join(root, `.${name}.new`);
  try {
    refuseOtherRoot(root);
    refuseLink(target);
    refuseStrangers(target, known);
    readOwn(file);
    const made = makeFolder(root);
    try {
      rmSync(fresh, { recursive: true, force: true });
      mkdirSync(fresh);
      writeFlushed(join(fresh, "README.md"), "");
    } finally {
      rmSync(fresh, { recursive: true, force: true });
      for (const folder of made.reverse()) rmdirSync(folder);
    }
  } catch (error) {
    throw outputError(target, error);
  }
}

/** Replaces a folder by one with exactly these files (name → text); says whether anything changed. RunError 7 if it cannot. */
export function replaceFolder({ root, name, known }: OwnFolder, files: Map<string, string>): boolean {
  const target = join(root, name);
  try {
    const fresh = clearBeside(root, name);
    refuseStrangers(target, known);
    if (holdsExactly(target, files)) return false;
    mkdirSync(fresh);
    for (const [file, text] of files) writeFlushed(join(fresh, file), text);
    putInPlace(root, name);
    return true;
  } catch (error) {
    throw abandoned(root, name, error);
  }
}

/** Removes what a killed run has left beside a folder; gives the place where its successor is to be made. The file system's error, or RunError 7. */
export function clearBeside(root: string, name: string): string {
  const { target, fresh, old } = placesOf(root, name);
  refuseOtherRoot(root);
  makeFolder(root);
  refuseLink(target);
  if (!existsSync(target) && existsSync(old)) renameSync(old, target);
  rmSync(fresh, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
  return fresh;
}

/** Puts the successor that was made beside a folder in its place: readers see the one or the other. The file system's error if it cannot. */
export function putInPlace(root: string, name: string): void {
  const { target, fresh, old } = placesOf(root, name);
  if (existsSync(target)) renameSync(target, old);
  try {
    renameSync(fresh, target);
  } catch (error) {
    if (existsSync(old)) renameSync(old, target);
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

/** Removes a folder's successor that could not be made; gives the error for it: RunError 7 for the file system's. */
export function abandoned(root: string, name: string, error: unknown): unknown {
  const { target, fresh } = placesOf(root, name);
  removeQuietly(fresh);
  return outputError(target, error);
}

function placesOf(root: string, name: string): { target: string; fresh: string; old: string } {
  return { target: join(root, name), fresh: join(root, `.${name}.new`), old: join(root, `.${name}.old`) };
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

/** Replaces a file, unless it has that text already. RunError 7 if it cannot. */
export function replaceFile(file: OwnFile, text: string): void {
  const target = join(file.root, file.name);
  const fresh = join(file.root, `.${file.name}.new`);
  try {
    if (readOwn(file) === text) return;
    rmSync(fresh, { force: true });
    writeFlushed(fresh, text);
    renameSync(fresh, target);
  } catch (error) {
    removeQuietly(fresh);
    throw outputError(target, error);
  }
}

/** The text of a file of ours, or undefined if there is none. RunError 7 if it is somebody else's. */
function readOwn({ root, name, heading }: OwnFile): string | undefined {
  const target = join(root, name);
  refuseLink(target);
  const found = existsSync(target) ? readFileSync(target, "utf8") : undefined;
  if (found !== undefined && !found.startsWith(heading)) throw strange(target);
  return found;
}

/** Writes a file into a folder, which is made where it is missing, whole or not at all. RunError 7 if it cannot. */
export function writeInto(folder: string, name: string, text: string): void {
  const target = join(folder, name);
  const fresh = join(folder, `.new-${process.pid}`);
  try {
    makeFolder(folder);
    refuseLink(target);
    rmSync(fresh, { force: true });
    writeFlushed(fresh, text);
    renameSync(fresh, target);
  } catch (error) {
    removeQuietly(fresh);
    throw outputError(target, error);
  }
}

/** Leaves what a person has put into a folder: RunError 7 if it holds anything but files of these names (paths from it) and their folders. */
export function refuseStrangers(folder: string, known: ReadonlySet<string>): void {
  if (!existsSync(folder)) return;
  refuseStrangersBelow(folder, "", known, new Set([...known].flatMap(foldersAbove)));
}

// What is nobody's of ours is refused before anything below it is read: it may be a home folder.
function refuseStrangersBelow(root: string, below: string, known: ReadonlySet<string>, folders: Set<string>): void {
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    if (!(entry.isDirectory() ? folders : known).has(name)) throw strange(join(root, name));
    if (entry.isDirectory()) refuseStrangersBelow(root, name, known, folders);
  }
}

function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** The names of the files that a folder's own list has, in the form of sha256sum; none if there is no list. */
export function namesInSums(folder: string, sums: string): string[] {
  const list = join(folder, sums);
  if (!existsSync(list)) return [];
  return [...readFileSync(list, "utf8").matchAll(/^[0-9a-f]{64} {2}(.+)$/gm)].map(([, name]) => name!);
}

function strange(path: string): RunError {
  const found = `output ${path}: not written by this program`;
  return new RunError(EXIT.output, `${found}, expected no such file; choose another folder`);
}

function refuseOtherRoot(root: string): void {
  if (existsSync(root) && !statSync(root).isDirectory())
    throw new RunError(EXIT.output, `output ${root}: not a folder, expected one or none`);
}

function holdsExactly(folder: string, files: Map<string, string>): boolean {
  if (!existsSync(folder)) return false;
  const names = readdirSync(folder);
  return (
    names.length === files.size && names.every((name) => files.get(name) === readFileSync(join(folder, name), "utf8"))
  );
}

function writeFlushed(path: string, text: string): void {
  writeNew(path, [text]);
}

/** A new file that is written part by part; `end` closes it, and gives its length in bytes and its SHA-256 in hex. */
export interface NewFile {
  write(part: string | Uint8Array): void;
  end(): { bytes: number; sha256: string };
}

/** Writes a new file of these parts, one after the other, and flushes it. The file system's error if it cannot. */
export function writeNew(path: string, parts: Iterable<string | Uint8Array>): { bytes: number; sha256: string } {
  const file = beginFile(path, { flush: true });
  try {
    for (const part of parts) file.write(part);
  } catch (error) {
    file.end();
    throw error;
  }
  return file.end();
}

/** Begins a new file, which is flushed at its end if asked. The file system's error if it cannot. */
export function beginFile(path: string, { flush }: { flush: boolean }): NewFile {
  const hash = createHash("sha256");
  const fd = openSync(path, "wx");
  let bytes = 0;
  return {
    write(part) {
      const buffer = Buffer.from(part as Uint8Array);
      for (let written = 0; written < buffer.length; ) written += writeSync(fd, buffer, written);
      hash.update(buffer);
      bytes += buffer.length;
    },
    end() {
      try {
        if (flush) fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      return { bytes, sha256: hash.digest("hex") };
    },
  };
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
