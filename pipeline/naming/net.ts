// The wide net: which entries of a wheel are kept as members, because they are native code by name or may be.
import { NATIVE_SUFFIX, splitFramework } from "./native-suffix.ts";

/** Bytes below which a file without a suffix, or executable by its mode, is not taken for native code. */
const LEAST = { bare: 4 * 1024, executable: 64 * 1024 };

const OTHER_SUFFIX = /\.(?:exe|jnilib|bundle)$/i;
const SCRIPT_SUFFIX =
  /\.(?:py|pyi|pyc|sh|bash|js|mjs|pl|rb|ps1|bat|cmd|txt|md|html?|json|xml|ya?ml|toml|ini|cfg|css|map|svg|png|jpe?g|gif|ico|csv|tsv|h|hpp|c|cc|cpp|cu|cuh|pyx|pxd|ipynb|rst|gz|zip|jar|whl|npz?|pdf|ttf|woff2?)$/i;
const PROSE =
  /^(?:licen[cs]e|copying|copyright|notice|authors|contributors|readme|changes|changelog|credits|history|news|makefile|dockerfile)/i;
const DIST_INFO = /^[^/]+\.dist-info\//;

/** Whether an entry is kept as a member: native by its name, or possibly so by suffix, mode or size. Folders are not. */
export function isInNet({ path, mode, size }: { path: string; mode: number; size: number }): boolean {
  if (path.endsWith("/")) return false;
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (NATIVE_SUFFIX.test(name) || OTHER_SUFFIX.test(name) || splitFramework(path) !== null) return true;
  if (DIST_INFO.test(path) || PROSE.test(name)) return false;
  if (!name.includes(".")) return size >= LEAST.bare;
  return (mode & 0o111) !== 0 && size >= LEAST.executable && !SCRIPT_SUFFIX.test(name);
}
