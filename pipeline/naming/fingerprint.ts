// What auditwheel leaves of a file in its copy's name: the name that the file had, and the start of its SHA-256 before it was patched.

/** A file before it was copied into a wheel: its name, and the first eight hex digits of its SHA-256. */
export interface Fingerprint {
  original: string;
  digits: string;
}

const DIGITS = /^[0-9a-f]{8}$/;

/**
 * The fingerprint in a file's name, of which the inserted hashes are known; null if auditwheel did not put it there. Of a file that
 * was copied out of one repaired wheel into another (`libgfortran-040039e1-0352e75f.so.5.0.0`) the first hash is that of the original.
 */
export function fingerprintOf(fileName: string, hashes: string, repairTool: string | null): Fingerprint | null {
  const inserted = hashes === "" ? [] : hashes.split("-");
  const [digits] = inserted;
  if (repairTool !== "auditwheel" || digits === undefined || !DIGITS.test(digits)) return null;
  const original = inserted.reduce((name, hash) => name.replace(`-${hash}`, ""), fileName);
  return original === fileName ? null : { original, digits };
}
