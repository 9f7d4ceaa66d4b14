import assert from "node:assert/strict";
import { test } from "node:test";
import { hasOddDigest, parseRecord, sha256Of, withArchivePaths } from "../pipeline/formats/wheel/record.ts";

const HASH = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
const BYTES = Buffer.from("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "hex");

const TEXTS: [what: string, text: string, path: string, sha256: Buffer | null, size: number | null][] = [
  ["a plain row", `a/b.so,sha256=${HASH},0\n`, "a/b.so", BYTES, 0],
  ["a row without its line end", `x,,\na/b.so,sha256=${HASH},12`, "a/b.so", BYTES, 12],
  ["CRLF line ends", `a/b.so,sha256=${HASH},12\r\nc,,\r\n`, "a/b.so", BYTES, 12],
  ["a padded hash", `a/b.so,sha256=${HASH}=,12\n`, "a/b.so", BYTES, 12],
  ["a quoted path with a comma", `"a,b.so",sha256=${HASH},12\nc,,\n`, "a,b.so", BYTES, 12],
  ["a quoted path with a quote", `"a""b.so",sha256=${HASH},12\n`, 'a"b.so', BYTES, 12],
  ["a digest in hex", `a.so,sha256=${BYTES.toString("hex")},3\n`, "a.so", BYTES, 3],
  ["a digest in upper-case hex", `a.so,sha256=${BYTES.toString("hex").toUpperCase()},3\n`, "a.so", BYTES, 3],
  ["a digest in plain base64", `a.so,sha256=${BYTES.toString("base64")},3\n`, "a.so", BYTES, 3],
  ["hex that is too long", `a.so,sha256=${BYTES.toString("hex")}00,3\n`, "a.so", null, 3],
  ["RECORD's own row", "a.dist-info/RECORD,,\n", "a.dist-info/RECORD", null, null],
  ["another algorithm", "a.so,sha512=abc,3\n", "a.so", null, 3],
  ["a hash that is too short", "a.so,sha256=abc,3\n", "a.so", null, 3],
  ["a repeated path: the last row counts", `a.so,,1\na.so,sha256=${HASH},2\n`, "a.so", BYTES, 2],
  ["a path that is a property of every object", `__proto__,sha256=${HASH},2\n`, "__proto__", BYTES, 2],
];

for (const [what, text, path, sha256, size] of TEXTS) {
  test(`RECORD, ${what}`, () => {
    const row = parseRecord(text).get(path);
    assert.deepEqual([sha256Of(row), row?.size], [sha256, size]);
  });
}

test("RECORD: quoted and plain rows read alike", () => {
  const plain = `a.so,sha256=${HASH},1\nb/c.py,sha256=${HASH},22\nd,,\n`;
  assert.deepEqual([...parseRecord(`${plain}"q",,\n`)].slice(0, 3), [...parseRecord(plain)]);
});

test("RECORD: only what can be read and is not URL-safe base64 is odd", () => {
  const fields = [
    `sha256=${HASH}`,
    `sha256=${HASH}=`,
    `sha256=${BYTES.toString("hex")}`,
    "",
    "sha512=abc",
    "sha256=abc",
  ];
  assert.deepEqual(
    fields.map((hash) => hasOddDigest({ hash, size: 1 })),
    [false, false, true, false, false, false],
  );
});

test("RECORD: a backslash is a slash, unless the archive has it too", () => {
  const record = parseRecord(`x\\a.pyd,sha256=${HASH},1\nodd\\name.pyd,,2\ny/b.pyd,,3\n`);
  const entries = ["x/a.pyd", "odd\\name.pyd", "y/b.pyd"].map((path) => ({ path }));
  assert.deepEqual([...withArchivePaths(record, entries).keys()], ["x/a.pyd", "odd\\name.pyd", "y/b.pyd"]);
});
