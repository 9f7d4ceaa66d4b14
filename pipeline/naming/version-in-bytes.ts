// Which release a library is, by a text in its bytes that the rule of its component knows. Never what is linked into another library.
import { type ComponentRule, loadRules } from "./component-rules.ts";

/** A text that a rule knows: where in the file, what it is, and the release that it says. */
export interface FoundText {
  at: number;
  text: string;
  version: string;
}

/** Bytes at an offset of a file. */
interface Piece {
  offset: number;
  bytes: Buffer;
}

const MOST_TEXTS = 20; // Of a file: real ones have one, or the same a few times.
const LONGEST = 200; // Characters of a text that are kept.

/** A function from a component and the known pieces of one of its libraries to the texts that say a release; none where a rule says that they are another's. */
export function makeTextFinder(
  rules: readonly ComponentRule[],
): (component: string, pieces: readonly Piece[]) => FoundText[] {
  const known = new Map(rules.map(({ component, in_bytes = [] }) => [component, in_bytes]));
  return (component, pieces) => {
    const patterns = known.get(component) ?? [];
    if (patterns.length === 0) return [];
    const texts = pieces.map(({ offset, bytes }) => ({ offset, text: bytes.toString("latin1") }));
    return patterns.flatMap(({ pattern, not_with }) => {
      if (not_with !== undefined && texts.some(({ text }) => new RegExp(not_with).test(text))) return [];
      return texts.flatMap(({ offset, text }) => textsIn(new RegExp(pattern, "g"), text, offset)).slice(0, MOST_TEXTS);
    });
  };
}

function textsIn(pattern: RegExp, text: string, offset: number): FoundText[] {
  const found: FoundText[] = [];
  for (const match of text.matchAll(pattern)) {
    if (match[1] !== undefined)
      found.push({ at: offset + match.index, text: match[0].slice(0, LONGEST), version: match[1] });
    if (found.length === MOST_TEXTS) break;
  }
  return found;
}

/** The release that texts of one file say, if they all say the same; null if there is none, or they differ. */
export function releaseOf(texts: readonly Pick<FoundText, "version">[]): string | null {
  const [version, ...others] = new Set(texts.map((each) => each.version));
  return version !== undefined && others.length === 0 ? version : null;
}

let finder: ReturnType<typeof makeTextFinder> | undefined;

/** The texts that the rules of data/components/ know of a component's library. */
export function textsOf(component: string, pieces: readonly Piece[]): FoundText[] {
  finder ??= makeTextFinder(loadRules());
  return finder(component, pieces);
}
