// Names in wheels are bytes from strangers. One reversible escape makes them safe to look at, in any output.

const NOT_PRINTABLE = /[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
const FORMULA = /^[\s=+\-@'\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]/u;
const LOG_COMMAND = /^:(?=:)|#(?=#(?:\[|vso\[|teamcity\[))/g; // What CI systems act on when it stands in a log.
const ESCAPED = /\\u\{([0-9a-f]+)\}/g;

/** A name with everything that does not print, a backslash, a first character that a spreadsheet acts on and the start of a CI command as `\u{hex}`. */
export function escapeName(name: string): string {
  return name
    .replace(NOT_PRINTABLE, escapeCharacter)
    .replace(FORMULA, escapeCharacter)
    .replace(LOG_COMMAND, escapeCharacter);
}

/** The name that an escaped one stands for. */
export function unescapeName(escaped: string): string {
  return escaped.replace(ESCAPED, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

/** Text for a Markdown table's cell or an HTML text node, with every character that either gives a meaning as an entity. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"'|`*_[\]~#\\@\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** One character in the form that stands for it in an escaped name: `\\u{hex}`. */
export function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
