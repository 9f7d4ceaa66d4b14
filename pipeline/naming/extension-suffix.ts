/**
 * The marks that interpreters put into the file name of an extension module:
 * PEP 3149 (https://peps.python.org/pep-3149/), PEP 803 (abi3t), PEP 730 (iOS), PEP 738 (Android), PEP 783 (Emscripten)
 * and their counterparts on Windows, in PyPy and in GraalPy.
 */
const INTERPRETER_TAG = new RegExp(
  `^(?:${[
    String.raw`cpython-\d{2,3}[a-z]{0,3}(?:-[\w-]+)?`, // cpython-313t-x86_64-linux-gnu, cpython-311-darwin
    String.raw`cp\d{2,3}[a-z]{0,3}-[\w-]+`, // cp311-win_amd64
    "abi3t?",
    String.raw`pypy\d{0,4}(?:-pp)?-?\d{1,4}(?:-[\w-]+)?`, // pypy39-pp73-win_amd64, pypy-73
    String.raw`graalpy\d{0,4}-\d{1,4}-native(?:-[\w-]+)?`, // graalpy-38-native-x86_64-darwin
  ].join("|")})$`,
);

/** Whether one dot-separated part of a file name is an interpreter's tag. */
export function isInterpreterTag(part: string): boolean {
  return INTERPRETER_TAG.test(part);
}

/**
 * Module name of a file whose suffix alone makes it an extension module (`.pyd`, or a tag before `.so`; before `.dylib`
 * only GraalPy's), or null.
 */
export function moduleBySuffix(fileName: string): string | null {
  const parts = fileName.split(".");
  const suffix = parts.pop()?.toLowerCase();
  const tag = parts.at(-1) ?? "";
  const tagged = parts.length > 1 && isInterpreterTag(tag);
  const importable =
    suffix === "pyd" || (tagged && (suffix === "so" || (suffix === "dylib" && tag.startsWith("graalpy"))));
  const module = (tagged ? parts.slice(0, -1) : parts).join(".");
  return importable && module !== "" ? module : null;
}
