// The bytes of a file of the index: ranges of real files on disk and of sparse ones, never a whole file in memory.
// https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
import { open } from "node:fs/promises";
import type { Extent, SourceFile } from "./source.ts";

/** The bytes [start, end) that a Range header asks of a file, or why the file host gives none. */
export type AskedRange = { start: number; end: number } | "whole" | "unsatisfiable" | "unsupported";

const CHUNK = 1 << 20;

/** Reads a Range header; suffix ranges and several ranges are `unsupported`, as they were at PyPI's file host. */
export function parseRange(header: string | undefined, size: number): AskedRange {
  if (!header?.startsWith("bytes=")) return "whole";
  const single = /^bytes=(\d+)-(\d*)$/.exec(header);
  if (!single) return "unsupported";
  const start = Number(single[1]);
  const last = single[2] === "" ? size - 1 : Math.min(Number(single[2]), size - 1);
  return start <= last ? { start, end: last + 1 } : "unsatisfiable";
}

/** The bytes [start, end) of a file, in chunks. */
export async function* readContent({ content }: SourceFile, start: number, end: number): AsyncGenerator<Buffer> {
  if (typeof content !== "string") {
    for (let at = start; at < end; at += CHUNK) yield sparseBytes(content, at, Math.min(at + CHUNK, end));
    return;
  }
  const file = await open(content);
  try {
    for (let at = start; at < end; at += CHUNK) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(CHUNK, end - at)), { position: at });
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** The bytes [start, end) of a sparse file. */
export function sparseBytes(extents: Extent[], start: number, end: number): Buffer {
  const chunk = Buffer.alloc(end - start);
  for (let i = firstEndingAfter(extents, start); i < extents.length && extents[i]!.start < end; i++) {
    const extent = extents[i]!;
    const skipped = Math.max(0, start - extent.start);
    chunk.set(extent.bytes.subarray(skipped, end - extent.start), extent.start + skipped - start);
  }
  return chunk;
}

function firstEndingAfter(extents: Extent[], offset: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { start, bytes } = extents[middle]!;
    if (start + bytes.length > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
