// The scanner accepts what JSON.parse accepts of objects, and hands out what JSON.parse finds there.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ItemError } from "../pipeline/errors.ts";
import { scanJson, type Wanted } from "../pipeline/formats/pypi/json-scan.ts";
import { SEEDED } from "./seed.ts";

const WANTED: Wanted = { info: { version: true }, urls: [true], deep: { list: [{ a: true }], all: true } };

/** What a scan hands out, put together again; null if it refuses. */
function scanned(bytes: Uint8Array, sizes: number[] = [bytes.length]): unknown {
  const whole: Record<string, unknown> = {};
  const scan = scanJson(WANTED, (path, value) => {
    const parent = path.slice(0, -1).reduce((at, name) => at[name] as Record<string, unknown>, whole);
    define(parent, path.at(-1)!, value);
  });
  try {
    for (let at = 0, nth = 0; at < bytes.length; nth += 1) {
      const size = sizes[nth % sizes.length]!;
      scan.push(Buffer.from(bytes.subarray(at, at + size)));
      at += size;
    }
    scan.end();
    return whole;
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
    return null;
  }
}

/** The same by JSON.parse. */
function parsed(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return isObject(value) ? prune(value, WANTED) : null;
  } catch {
    return null;
  }
}

function prune(value: unknown, wanted: Wanted): unknown {
  if (wanted === true || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.isArray(wanted) ? value.map((each) => prune(each, wanted[0]!)) : [];
  const pruned = {};
  if (Array.isArray(wanted)) return pruned;
  for (const [name, inner] of Object.entries(value))
    if (Object.hasOwn(wanted, name)) define(pruned, name, prune(inner, wanted[name]!));
  return pruned;
}

function define(object: object, name: string | number, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Documents as text, so that names come twice, escaped, and with room around them.
const space = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\r"), maxLength: 2 });
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom("info", "version", "urls", "deep", "list", "all", "a", "__proto__", "length"),
  },
  fc.string({ unit: "binary", maxLength: 5 }),
);
const escaped = (text: string) =>
  text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
const nameText = fc.oneof(
  name.map((text) => JSON.stringify(text)),
  name.map((text) => `"${escaped(text)}"`),
);
const { object } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.jsonValue().map((value) => JSON.stringify(value)),
    tie("list"),
    tie("object"),
  ),
  list: fc
    .tuple(space, fc.array(tie("value"), { maxLength: 3 }))
    .map(([room, inner]) => `[${inner.join(`${room},`)}${room}]`),
  object: fc
    .tuple(space, fc.array(fc.tuple(nameText, tie("value")), { maxLength: 5 }))
    .map(
      ([room, inner]) => `${room}{${inner.map(([key, value]) => `${room}${key}${room}:${value}`).join(",")}${room}}`,
    ),
}));
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });

test("what is wanted of any document is what JSON.parse finds, however its bytes are cut", () => {
  fc.assert(
    fc.property(object, sizes, (text, cuts) => {
      const bytes = Buffer.from(text);
      assert.deepEqual(scanned(bytes, cuts), parsed(bytes));
    }),
    { ...SEEDED, numRuns: 1000 },
  );
});

test("damaged documents are refused where JSON.parse refuses them, and else read alike", () => {
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\ 0-.eu\0')), fc.integer({ min: 0, max: 255 }));
  const damage = fc.array(fc.tuple(fc.nat(), byte, fc.constantFrom("change", "drop", "add")), {
    minLength: 1,
    maxLength: 3,
  });
  let refused = 0;
  fc.assert(
    fc.property(object, damage, sizes, (text, damages, cuts) => {
      const bytes = [...Buffer.from(text)];
      for (const [place, value, how] of damages)
        bytes.splice(place % bytes.length, how === "add" ? 0 : 1, ...(how === "drop" ? [] : [value]));
      const expected = parsed(Uint8Array.from(bytes));
      if (expected === null) refused += 1;
      assert.deepEqual(scanned(Uint8Array.from(bytes), cuts), expected);
    }),
    { ...SEEDED, numRuns: 2000 },
  );
  assert.ok(refused > 200 && refused < 1990, String(refused));
});

function* texts(alphabet: string[], length: number): Generator<string> {
  yield "";
  if (length > 0) for (const rest of texts(alphabet, length - 1)) for (const sign of alphabet) yield sign + rest;
}

for (const [what, alphabet, length, around] of [
  ["numbers", [..."-01.e+"], 5, ['{"a":', "}"]],
  ["punctuation", ["{", "}", "[", "]", '"a"', ",", ":", "1"], 5, ["{", "}"]],
  ["strings", ["\\", '"', "u", "n", "a", "0", "\t", "é"], 4, ['{"', '":1}']],
  ["words", ["true", "null", "fals", "e", " ", "]"], 4, ['{"a":[', "]}"]],
] as [string, string[], number, [string, string]][]) {
  test(`all short ${what} are accepted or refused as by JSON.parse`, () => {
    for (const text of texts(alphabet, length)) {
      const bytes = Buffer.from(around.join(text));
      if ((scanned(bytes) === null) !== (parsed(bytes) === null)) assert.fail(bytes.toString());
    }
  });
}

test("what is no JSON object is refused, with where that is seen", () => {
  for (const [text, message] of [
    ["", /ends after 0 bytes/],
    ["[]", /byte 0 is "\["/],
    ["\ufeff{}", /byte 0/],
    ["{} {", /byte 3 is "\{"/],
    ['{"urls":[', /ends after 9 bytes/],
    ['{"urls":[}}', /byte 9 is "\}"/],
    ['{"releases":{"1":[{"a":1]}}}', /byte 24 is "\]"/],
  ] as const) {
    assert.throws(
      () => {
        const scan = scanJson(WANTED, () => {});
        for (const byte of Buffer.from(text)) scan.push(Buffer.of(byte));
        scan.end();
      },
      (error) => error instanceof SyntaxError && message.test(error.message),
      text,
    );
  }
});

test("a document a million levels deep is read, with a bit for each and no recursion", () => {
  const depth = 1_000_000;
  const half = (bracket: string) => Buffer.from(bracket.repeat(depth));
  const scan = scanJson(WANTED, () => {});
  const before = process.memoryUsage().arrayBuffers;
  scan.push(Buffer.from('{"a":'));
  scan.push(half("["));
  scan.push(half("]"));
  scan.push(Buffer.from("}"));
  scan.end();
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 * depth + 4 * (depth / 8));
});

test("of what is not wanted nothing is held, of what is wanted a mebibyte", () => {
  const chunk = Buffer.alloc(1 << 16, "x");
  const feed = (beginning: string) => {
    const scan = scanJson(WANTED, () => {});
    scan.push(Buffer.from(beginning));
    for (let nth = 0; nth < 20; nth += 1) scan.push(chunk);
  };
  feed('{"releases":"');
  feed('{"info":{"description":"');
  for (const [beginning, path] of [
    ['{"info":{"version":"', "info.version"],
    ['{"urls":[1,"', "urls.1"],
  ] as const) {
    assert.throws(
      () => feed(beginning),
      (error) => error instanceof ItemError && error.kind === "too-large" && error.message.startsWith(`${path}: `),
    );
  }
});
