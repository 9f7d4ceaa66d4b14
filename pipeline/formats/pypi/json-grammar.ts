// The grammar of JSON as a table over bytes: https://www.rfc-editor.org/rfc/rfc8259
// A row says which bytes may come in a state, and what state follows. Where a sign stands instead, what follows
// depends on where in the document it is. What is in no row is refused.

const SPACE = " \t\n\r";
const DIGITS = "0123456789";
const HEX = "0123456789abcdefABCDEF";
const PLAIN = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
  .filter((byte) => byte >= " " && byte !== '"' && byte !== "\\")
  .join("");
const WORDS = ["true", "false", "null"];

type Row = Record<string, string>;

const VALUE: Row = {
  "{": "{",
  "[": "[",
  '"': "string",
  "-": "minus",
  "0": "zero",
  "123456789": "integer",
  ...Object.fromEntries(WORDS.map((word) => [word[0]!, word.slice(1)])),
};
const AFTER: Row = { [SPACE]: "after", ",": ",", "}": "}", "]": "]" };

const GRAMMAR: Record<string, Row> = {
  start: { [SPACE]: "start", "{": "{" },
  "first name": { [SPACE]: "first name", '"': "name", "}": "}" },
  "next name": { [SPACE]: "next name", '"': "name" },
  ...textRows("name", "after name"),
  "after name": { [SPACE]: "after name", ":": ":" },
  "first value": { [SPACE]: "first value", ...VALUE, "]": "]" },
  "next value": { [SPACE]: "next value", ...VALUE },
  ...textRows("string", "after"),
  minus: { "0": "zero", "123456789": "integer" },
  zero: { ".": "point", eE: "exponent", ...AFTER },
  integer: { [DIGITS]: "integer", ".": "point", eE: "exponent", ...AFTER },
  point: { [DIGITS]: "fraction" },
  fraction: { [DIGITS]: "fraction", eE: "exponent", ...AFTER },
  exponent: { "+-": "sign", [DIGITS]: "power" },
  sign: { [DIGITS]: "power" },
  power: { [DIGITS]: "power", ...AFTER },
  ...Object.fromEntries(WORDS.flatMap((word) => wordRows(word.slice(1)))),
  after: AFTER,
  end: { [SPACE]: "end" },
};

function textRows(text: string, after: string): Record<string, Row> {
  return {
    [text]: { [PLAIN]: text, '"': after, "\\": `${text} escape` },
    [`${text} escape`]: { '"\\/bfnrt': text, u: `${text} XXXX` },
    [`${text} XXXX`]: { [HEX]: `${text} XXX` },
    [`${text} XXX`]: { [HEX]: `${text} XX` },
    [`${text} XX`]: { [HEX]: `${text} X` },
    [`${text} X`]: { [HEX]: text },
  };
}

/** The states within a word, each named like the letters that are still to come. */
function wordRows(rest: string): [string, Row][] {
  return Array.from(rest, (letter, at) => [rest.slice(at), { [letter]: rest.slice(at + 1) || "after" }]);
}

/** The signs by their numbers, which are lower than those of all states; 0 refuses. */
export const SIGNS = ["refuse", "{", "[", "}", "]", ",", ":"] as const;

const STATES: string[] = [...SIGNS, ...Object.keys(GRAMMAR)];

/** The number of a state. */
export function stateOf(name: string): number {
  return STATES.indexOf(name);
}

/** What follows a state and a byte, at `state << 8 | byte`: the number of a sign or of a state. */
export const NEXT = new Uint8Array(STATES.length << 8);

for (const [state, row] of Object.entries(GRAMMAR)) {
  for (const [bytes, next] of Object.entries(row)) {
    for (const byte of Buffer.from(bytes, "latin1")) NEXT[(stateOf(state) << 8) | byte] = stateOf(next);
  }
}
