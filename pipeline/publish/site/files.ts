// The files of a site on the disk: written beside their place with a list of them, and then put into it; files of others are left alone.
import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { EXIT, RunError } from "../../errors.ts";
import { abandoned, beginFile, clearBeside, namesInSums, putInPlace, refuseStrangers } from "../output.ts";

/** A file of a site: its address from the root, and its content, part by part. */
export interface SiteFile {
  path: string;
  parts: Iterable<string | Uint8Array> | AsyncIterable<string>;
}

/** The list of a site's files with their SHA-256, as sha256sum writes it. */
const SUMS = "SHA256SUMS";

/** Replaces the folder by one with these files, whole or not at all; RunError 7 if it cannot, or if others have put something into it. */
export async function writeFiles(
  out: string,
  files: Iterable<SiteFile>,
): Promise<{ pages: number; files: number; bytes: number }> {
  const target = resolve(out);
  const [root, name] = [dirname(target), basename(target)];
  if (name === "")
    throw new RunError(EXIT.output, `output ${target}: the root of all folders, expected one that can be replaced`);
  try {
    const fresh = clearBeside(root, name);
    const ours = namesInSums(target, SUMS);
    refuseStrangers(target, new Set(ours.length > 0 ? [SUMS, ...ours] : []));
    mkdirSync(fresh);
    const made = { pages: 0, files: 0, bytes: 0 };
    const folders = new Set([fresh]);
    const sums: string[] = [];
    for (const { path, parts } of files) {
      const file = join(fresh, path);
      if (!folders.has(dirname(file))) mkdirSync(dirname(file), { recursive: true });
      folders.add(dirname(file));
      const { bytes, sha256 } = await writeOne(file, parts);
      sums.push(`${sha256}  ${path}\n`);
      made.files += 1;
      made.bytes += bytes;
      if (path.endsWith(".html")) made.pages += 1;
    }
    await writeOne(join(fresh, SUMS), sums.sort(byPath));
    putInPlace(root, name);
    return made;
  } catch (error) {
    throw abandoned(root, name, error);
  }
}

function byPath(one: string, other: string): number {
  return one.slice(64) < other.slice(64) ? -1 : 1;
}

// Thousands of files are not flushed one by one: who loses power while they are written writes them again.
async function writeOne(path: string, parts: SiteFile["parts"]): Promise<{ bytes: number; sha256: string }> {
  const file = beginFile(path, { flush: false });
  try {
    for await (const part of parts) file.write(part);
  } catch (error) {
    file.end();
    throw error;
  }
  return file.end();
}
