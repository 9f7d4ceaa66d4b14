// Names that a person may have meant.
import { distance } from "fastest-levenshtein";

const MOST = 5;

/** The names nearest to a word, the nearest first: those that begin with it, contain it, or differ by a few letters. */
export function nearNames(word: string, names: Iterable<string>): string[] {
  const wanted = word.toLowerCase();
  const near = [...new Set(names)].flatMap((name) => {
    const far = farness(wanted, name.toLowerCase());
    return far === null ? [] : [{ name, far }];
  });
  near.sort((a, b) => a.far - b.far || a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  return near.slice(0, MOST).map(({ name }) => name);
}

/** How far a name is from what was typed, null if too far: an edit counts 1, what goes on after the word a quarter. */
function farness(wanted: string, name: string): number | null {
  const stem = name.replace(/\.(?:so|dll|dylib|a)$/, "");
  const edits = Math.min(distance(wanted, name), distance(wanted, stem));
  if (edits <= Math.ceil(wanted.length / 4)) return edits;
  if (name.startsWith(wanted)) return 1.25;
  return wanted.length >= 3 && name.includes(wanted) ? 1.5 : null;
}
