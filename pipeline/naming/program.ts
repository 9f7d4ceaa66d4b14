// Whether an entry of a wheel is a program, by what the archive says of it beside its bytes.

/** An entry as the archive describes it: Unix mode (0: none said) and size in bytes; null where only the path is known. */
export interface Entry {
  path: string;
  mode: number | null;
  size: number | null;
}

/** Bytes below which only `.exe` makes a program: smaller files with an executable bit are mostly scripts. */
export const LEAST_PROGRAM = 64 * 1024;

/** The suffix of programs for Windows. */
export const EXE: RegExp = /\.exe$/i;

const SCRIPTS = /^[^/]+\.data\/scripts\//; // Installers set the executable bit of all that lies there.

/** Whether an entry is a program: by its suffix, or by being executable and of some size. What is known to be something else is not told here. */
export function isProgram({ path, mode, size }: Entry): boolean {
  if (EXE.test(path)) return true;
  if (size !== null && size < LEAST_PROGRAM) return false;
  return SCRIPTS.test(path) || ((mode ?? 0) & 0o111) !== 0;
}
