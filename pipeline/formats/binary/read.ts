// A native file, whichever format it has.
import { readElf } from "./elf.ts";
import { BinaryError, type BinaryFacts } from "./facts.ts";
import { readMachO } from "./macho.ts";
import { readPe } from "./pe.ts";
import type { Pieces } from "./pieces.ts";

/** What the known pieces of a file say; null if it is no native file, or its beginning is not known; BinaryError if it contradicts itself. */
export function readBinary(file: Pieces): BinaryFacts | null {
  return readElf(file) ?? readPe(file) ?? readMachO(file);
}

export { BinaryError };
