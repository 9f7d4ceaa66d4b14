/**
 * The hashes that repair tools insert into the names of the libraries they copy into a wheel. Who inserts one of which form
 * is data, in data/naming/inserted-hashes.json and repair-folders.json; where in a name to look, and what is a date, is told here.
 */
import { anyOf, type NamingRules } from "./naming-rules.ts";

/** A tool that copies libraries into a wheel, as the rules name it. */
export type RepairTool = string;

/** Where a member lies, without its own name ("" at the wheel's root), and the tool that the wheel itself names. */
export interface Place {
  folder: string;
  repairTool: RepairTool | null;
}

/** A text without the hashes that were in it, and who inserts such hashes (null if there were none, or only a compiler's). */
export interface Unhashed {
  text: string;
  hashes: string[];
  repairTool: RepairTool | null;
}

/** What tells inserted hashes, and the folders of those who insert them. */
export interface HashReader {
  /** A library's name (no suffix) without inserted hashes; they stand before the first dot, in a DLL also at the end. */
  unhashName(name: string, format: string, place: Place): Unhashed;
  /** What stands after `.so.` without a hash at its end. */
  unhashVersion(version: string, place: Place): Unhashed;
  /** Whether a repair tool's own folder (`x.libs`, `.libs`, `.libs_x`, `.dylibs`) is on the way to a member. */
  isRepairFolder(folder: string): boolean;
  /** The tool that copied a library without renaming it, as far as folder and wheel show it. */
  toolOfUnrenamed(format: string, place: Place): RepairTool | null;
}

type HashRule = NamingRules["inserted-hashes"][number];

/** The hashes that may stand at one place of names of one format. */
interface Forms {
  isHash(token: string): boolean;
  /** Who inserted such a hash: whose folder it is, else whom the wheel names, else the first. */
  toolOf(hash: string, place: Place): RepairTool | null;
}

const LETTER = /[a-z]/;
const DATE = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/;

/** Makes the reader of hashes. */
export function makeHashReader(rules: NamingRules): HashReader {
  const afterDash = formsByFormat(rules["inserted-hashes"], "after a dash");
  const afterDot = formsByFormat(rules["inserted-hashes"], "after a dot");
  const afterVersion = formsByFormat(rules["inserted-hashes"], "after the version");
  const ownFolder = anyOf(rules["repair-folders"].map(({ folder }) => folder));
  const sharedFolder = anyOf(rules["inserted-hashes"].flatMap(({ folder }) => folder ?? []));
  const unrenamed = rules["repair-folders"].flatMap(({ folder, unrenamed }) =>
    unrenamed === undefined ? [] : [{ ...unrenamed, folder: anyOf([folder]) }],
  );

  function isRepairFolder(folder: string): boolean {
    return ownFolder.test(folder);
  }

  function toolOfUnrenamed(format: string, { folder, repairTool }: Place): RepairTool | null {
    const rule = unrenamed.find(
      (rule) => rule.format === format && (!rule.if_stated || rule.tool === repairTool) && rule.folder.test(folder),
    );
    return rule?.tool ?? null;
  }

  /**
   * How many of the hash-like tokens at a name's end (the last one first) are hashes. Those with a letter are. One hash in 43
   * has none: digits alone count if the folder, the wheel or another hash beside them says so, or if nothing is known (a bare
   * name), unless they read as a date: RHEL's own library is called `libgcc_s-8-20210514.so.1`. What enters a repair folder
   * gets a hash of its own, so the last token there is one even if it reads as a date.
   */
  function countHashes(tokens: readonly string[], { folder, repairTool }: Place): number {
    const repaired = isRepairFolder(folder) || sharedFolder.test(folder);
    const known = repaired || repairTool !== null || tokens.some((token) => LETTER.test(token));
    const digitsCount = known || folder === "";
    const stop = tokens.findIndex(
      (token, index) => !(LETTER.test(token) || (repaired && index === 0) || (digitsCount && !DATE.test(token))),
    );
    return stop === -1 ? tokens.length : stop;
  }

  function unhashHead(head: string, format: string, place: Place): Unhashed | null {
    const { isHash, toolOf } = afterDash(format);
    const tokens: string[] = []; // the last one first
    let rest = head;
    for (;;) {
      const dash = rest.lastIndexOf("-");
      const token = rest.slice(dash + 1);
      if (dash < 1 || !isHash(token)) break;
      tokens.push(token);
      rest = rest.slice(0, dash);
    }
    const count = tokens.length === 0 ? 0 : countHashes(tokens, place);
    if (count === 0) return null;
    const hashes = tokens.slice(0, count).reverse();
    const text = [rest, ...tokens.slice(count).reverse()].join("-");
    return { text, hashes, repairTool: toolOf(tokens[0]!, place) };
  }

  function unhashName(name: string, format: string, place: Place): Unhashed {
    const firstDot = name.includes(".") ? name.indexOf(".") : name.length;
    for (const end of format === ".dll" ? [name.length, firstDot] : [firstDot]) {
      const head = unhashHead(name.slice(0, end), format, place);
      if (head !== null) return { ...head, text: head.text + name.slice(end) };
    }
    const { isHash, toolOf } = afterDot(format);
    const [hash = "", ...rest] = name.slice(firstDot + 1).split(".");
    const found = firstDot > 0 && isHash(hash) && countHashes([hash], place) > 0;
    if (!found) return { text: name, hashes: [], repairTool: null };
    const text = [name.slice(0, firstDot), ...rest].join(".");
    return { text, hashes: [hash], repairTool: toolOf(hash, place) };
  }

  function unhashVersion(version: string, place: Place): Unhashed {
    const { isHash, toolOf } = afterVersion(".so");
    const dot = version.lastIndexOf(".");
    const hash = version.slice(dot + 1);
    if (!LETTER.test(hash) || !isHash(hash)) return { text: version, hashes: [], repairTool: null };
    return { text: version.slice(0, Math.max(0, dot)), hashes: [hash], repairTool: toolOf(hash, place) };
  }

  return { unhashName, unhashVersion, isRepairFolder, toolOfUnrenamed };
}

const NO_FORMS: Forms = { isHash: () => false, toolOf: () => null };

/** A function from a format to the hashes that may stand at this place of its names. */
function formsByFormat(rules: readonly HashRule[], place: HashRule["place"]): (format: string) => Forms {
  const here = rules.filter((rule) => rule.place === place);
  const formats = new Set(here.flatMap((rule) => rule.formats));
  const forms = new Map<string, Forms>();
  for (const format of formats) forms.set(format, makeForms(here.filter((rule) => rule.formats.includes(format))));
  return (format) => forms.get(format) ?? NO_FORMS;
}

function makeForms(rules: readonly HashRule[]): Forms {
  const any = anyOf(rules.map(({ hash }) => hash));
  const forms = rules.map(({ tool, hash, folder = "(?!)" }) => ({
    tool,
    hash: anyOf([hash]),
    folder: anyOf([folder]),
  }));
  return {
    isHash: (token) => any.test(token),
    toolOf(hash, place) {
      const tools = forms.filter((form) => form.hash.test(hash));
      const told =
        tools.find(({ folder }) => folder.test(place.folder)) ?? tools.find(({ tool }) => tool === place.repairTool);
      return (told ?? tools[0])?.tool ?? null;
    },
  };
}
