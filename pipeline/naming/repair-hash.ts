/**
 * The hashes that repair tools insert into the names of the libraries they copy into a wheel.
 * auditwheel: https://github.com/pypa/auditwheel (repair.py, copylib), delvewheel: https://github.com/adang1345/delvewheel,
 * maturin: https://github.com/PyO3/maturin (auditwheel/repair.rs), torchvision: packaging/wheel/relocate.py,
 * delocate inserts none: https://github.com/matthew-brett/delocate.
 */

/** A tool that copies libraries into a wheel. */
export type RepairTool = "auditwheel" | "delvewheel" | "delocate" | "maturin" | "pytorch" | "torchvision";

/** Where a member lies, without its own name ("" at the wheel's root), and the tool that the wheel itself names. */
export interface Place {
  folder: string;
  repairTool: RepairTool | null;
}

/** A name without the hashes that were in it, and who inserts such hashes (null if there were none, or only a compiler's). */
export interface Unhashed {
  name: string;
  hashes: string[];
  repairTool: RepairTool | null;
}

/** Who inserts a hash of so many hex digits: the first one is meant if the wheel does not name another of them. */
const HASH_FORMS: Readonly<Record<string, readonly RepairTool[]>> = {
  ".so 8": ["auditwheel", "maturin", "pytorch"],
  ".dylib 8": ["maturin"],
  ".dll 8": ["delvewheel", "maturin"], // delvewheel before 0.0.23; a wheel of maturin's says so
  ".dll 32": ["delvewheel"],
  ".so 16": [], // rustc's crate hash: libstd-0123456789abcdef.so
  ".dylib 16": [],
  ".dll 16": [],
};

const REPAIR_FOLDER = /(?:^|\/)(?:[^/]*\.(?:dy)?libs|\.libs_[^/]*)(?:\/|$)/;
const DELOCATE_FOLDER = /(?:^|\/)[^/]*\.dylibs(?:\/|$)/;
const PYTORCH_FOLDER = /(?:^|\/)torch\/lib$/;

const TORCHVISION_NAME = /^([^.]+)\.([0-9a-f]{8})$/;
const HEX = /^[0-9a-f]+$/;
const HEX_LETTER = /[a-f]/;
const DATE = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/;

/** Whether a repair tool's own folder (`x.libs`, `.libs`, `.libs_x`, `.dylibs`) is on the way to a member. */
export function isRepairFolder(folder: string): boolean {
  return REPAIR_FOLDER.test(folder);
}

/** The tool that copied a library without renaming it, as far as folder and wheel show it. */
export function toolOfUnrenamed(format: string, place: Place): RepairTool | null {
  if (format === ".dylib" && DELOCATE_FOLDER.test(place.folder)) return "delocate";
  return format === ".dll" && place.repairTool === "delvewheel" && isRepairFolder(place.folder) ? "delvewheel" : null;
}

/** A library's name (no suffix) without inserted hashes; they stand before the first dot, in a DLL also at the end. */
export function unhash(name: string, format: string, place: Place): Unhashed {
  const firstDot = name.includes(".") ? name.indexOf(".") : name.length;
  const ends = format === ".dll" ? [name.length, firstDot] : [firstDot];
  for (const end of ends) {
    const { rest, hashes } = trailingHashes(name.slice(0, end), format, place);
    const last = hashes.at(-1);
    if (last !== undefined) {
      return { name: rest + name.slice(end), hashes, repairTool: toolOfForm(format, last, place) };
    }
  }
  const [, bare, hash] = (format === ".so" && TORCHVISION_NAME.exec(name)) || [];
  if (bare !== undefined && hash !== undefined && hashTest([hash], place)(hash, 0)) {
    return { name: bare, hashes: [hash], repairTool: "torchvision" };
  }
  return { name, hashes: [], repairTool: null };
}

/** What stands after `.so.` without a hash at its end: auditwheel's first releases wrote `libgfortran.so.3.0.0.ed201abd`. */
export function unhashVersion(text: string): { version: string; hash: string | null } {
  const dot = text.lastIndexOf(".");
  const last = text.slice(dot + 1);
  const isHash = last.length === 8 && HEX.test(last) && HEX_LETTER.test(last);
  return isHash ? { version: text.slice(0, Math.max(0, dot)), hash: last } : { version: text, hash: null };
}

function trailingHashes(head: string, format: string, place: Place): { rest: string; hashes: string[] } {
  const tokens: string[] = []; // the last one first
  let rest = head;
  for (;;) {
    const dash = rest.lastIndexOf("-");
    const token = rest.slice(dash + 1);
    if (dash < 1 || HASH_FORMS[`${format} ${token.length}`] === undefined || !HEX.test(token)) break;
    tokens.push(token);
    rest = rest.slice(0, dash);
  }
  const isHash = hashTest(tokens, place);
  const stop = tokens.findIndex((token, index) => !isHash(token, index));
  const count = stop === -1 ? tokens.length : stop;
  return { rest: [rest, ...tokens.slice(count).reverse()].join("-"), hashes: tokens.slice(0, count).reverse() };
}

/**
 * Which of the hash-like tokens at a name's end (the last one first) are hashes. Those with a letter are. One hash in 43 has
 * none: digits alone count if the folder, the wheel or another hash beside them says so, or if nothing is known (a bare
 * name), unless they read as a date: RHEL's own library is called `libgcc_s-8-20210514.so.1`. What enters a repair folder
 * gets a hash of its own, so the last token there is one even if it reads as a date.
 */
function hashTest(tokens: readonly string[], place: Place): (token: string, index: number) => boolean {
  const repaired = isRepairFolder(place.folder) || PYTORCH_FOLDER.test(place.folder);
  const known = repaired || place.repairTool !== null || tokens.some((token) => HEX_LETTER.test(token));
  const digitsCount = known || place.folder === "";
  return (token, index) => HEX_LETTER.test(token) || (repaired && index === 0) || (digitsCount && !DATE.test(token));
}

function toolOfForm(format: string, hash: string, place: Place): RepairTool | null {
  const tools = HASH_FORMS[`${format} ${hash.length}`] ?? [];
  const told = PYTORCH_FOLDER.test(place.folder) ? "pytorch" : place.repairTool;
  return tools.find((tool) => tool === told) ?? tools[0] ?? null;
}
