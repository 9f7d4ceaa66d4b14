// The 14 families of ambiguous archives of "My ZIP isn't your ZIP" (USENIX Security 2025), https://github.com/ouuan/ZipDiff:
// a, one entry read differently; b, one set of names read differently; c, different entries found. Each has an answer here.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ZipReason, ZipTagCode } from "../pipeline/formats/zip/reasons.ts";
import { scratchFolder } from "./harness.ts";
import { askYauzl, listZip, refusalOf } from "./zip-archives.ts";
import { buildZip, type EntryToWrite, extraField, unicodePathField, zip64Field } from "./zip-builder.ts";

const NONE_16 = 0xffff;
const NONE_32 = 0xffffffff;
const TEXT = "text of the file";
const FILE: EntryToWrite = { name: "file", data: TEXT };
const DEFLATED: EntryToWrite = { ...FILE, method: 8 };
const unicodePath = (name: string) => extraField(0x7075, Buffer.concat([Buffer.alloc(5, 1), Buffer.from(name)]));

const tried: Buffer[] = [];

/** As `refusalOf`; the archive is given to yauzl in the end. */
function answerTo(archive: Buffer): ZipReason | null {
  tried.push(archive);
  return refusalOf(archive);
}

function refuses(title: string, archives: Buffer[], ...reasons: ZipReason[]): void {
  test(title, () => {
    const found = new Set(archives.map(answerTo));
    for (const reason of found) assert.ok(reason && reasons.includes(reason), `${reason}`);
    assert.equal(found.size, reasons.length);
  });
}

function tags(title: string, archives: Buffer[], ...codes: ZipTagCode[]): void {
  test(title, () => {
    for (const archive of archives) assert.deepEqual(codesOf(archive), codes);
  });
}

function codesOf(archive: Buffer): ZipTagCode[] {
  tried.push(archive);
  return listZip(archive).tags.map(({ code }) => code);
}

/** All ways to choose from the items, by the bits of a number. */
function choices<Item>(items: Item[]): Item[][] {
  return Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_, index) => bits & (1 << index)));
}

refuses(
  "a1, compression method: the two headers differ",
  [buildZip([{ ...FILE, local: { method: 8 } }]), buildZip([{ ...DEFLATED, local: { method: 0 } }])],
  "local-method",
);

test("a2, sizes: whatever is hidden in either header, with or without a data descriptor or ZIP64, no two sizes are both believed", () => {
  const hidden = choices([
    ["local", "compressedSize"],
    ["local", "size"],
    ["directory", "compressedSize"],
    ["directory", "size"],
  ] as const);
  for (const entry of [FILE, DEFLATED]) {
    for (const descriptor of [undefined, {}, { compressedSize: 0 }, { size: 0 }]) {
      for (const zeros of hidden) {
        const halves = { local: {}, directory: {} };
        for (const [half, field] of zeros) Object.assign(halves[half], { [field]: 0 });
        const plain = { ...entry, ...halves, ...(descriptor ? { descriptor } : {}) };
        const zip64 = { ...plain, directory: { ...halves.directory, size: NONE_32 }, extra: zip64Field(TEXT.length) };
        for (const archive of [buildZip([plain]), buildZip([zip64])]) {
          if (answerTo(archive) !== null) continue;
          const [listed] = listZip(archive).entries;
          const nothing = zeros.length === 4 && entry === FILE; // A gap then, and an empty file to everybody.
          assert.equal(listed?.size, nothing ? 0 : TEXT.length);
        }
      }
    }
  }
});

refuses(
  "a2, sizes: ZIP64 fields that say something else, or twice",
  [
    buildZip([{ ...FILE, extra: zip64Field(0, 0), localExtra: zip64Field(0, 0) }]),
    buildZip([{ ...FILE, localExtra: zip64Field(0, 0) }]),
    buildZip([{ ...FILE, extra: Buffer.concat([zip64Field(16), zip64Field(0)]) }]),
    buildZip([{ ...FILE, localExtra: Buffer.concat([zip64Field(16), zip64Field(0)]) }]),
  ],
  "zip64-extra-ambiguous",
  "extra-duplicate",
);

refuses(
  "a3, name: the two headers differ, or a Unicode Path field names another",
  [
    buildZip([{ ...FILE, localName: "other" }]),
    buildZip([{ ...FILE, extra: unicodePath("other") }]),
    buildZip([{ ...FILE, localExtra: unicodePath("other") }]),
    buildZip([{ ...FILE, extra: Buffer.concat([unicodePath("one"), unicodePath("two")]) }]),
    buildZip([
      { ...FILE, extra: unicodePathField("other", FILE.name), localExtra: unicodePathField("other", FILE.name) },
    ]),
  ],
  "local-name",
  "unicode-path",
);

tags("a4, file or directory: a directory with data", [buildZip([{ ...FILE, name: "file/" }])], "directory-with-data");
refuses("a4, file or directory: a backslash", [buildZip([{ ...FILE, name: "file\\" }])], "name-backslash");
tags(
  "a4, file or directory: by the attributes of DOS or Unix",
  [0x10, 0x40000000].map((externalAttributes) => buildZip([{ ...FILE, directory: { externalAttributes } }])),
  "type-mismatch",
);

refuses(
  "a5, encryption: in one header or in both",
  [
    buildZip([{ ...FILE, local: { flags: 1 } }]),
    buildZip([{ ...FILE, directory: { flags: 1 } }]),
    buildZip([{ ...FILE, local: { flags: 1 }, directory: { flags: 1 } }]),
  ],
  "local-flags",
  "encrypted",
);

refuses("b1, duplicates", [buildZip([FILE, { ...FILE, data: "other" }])], "name-duplicate");

test("b2, special bytes: at any place in a name, a byte is printable ASCII and kept, or refused", () => {
  for (let byte = 0; byte < 256; byte++) {
    for (const [before, after] of [
      ["", "ab"],
      ["ab", "cd"],
      ["abc", ""],
    ] as const) {
      const name = Buffer.concat([Buffer.from(before), Buffer.from([byte]), Buffer.from(after)]);
      const archive = buildZip([{ name }]);
      const kept = byte >= 0x20 && byte < 0x7f && byte !== 0x5c && !(byte === 0x2f && before === "");
      assert.equal(answerTo(archive) === null, kept, name.toString("latin1"));
      if (kept) assert.equal(listZip(archive).entries[0]?.path, name.toString("latin1"));
    }
  }
});

for (const [other, answer] of [
  ["/a/b", "name-absolute"],
  ["a//b", "name-duplicate"],
  ["a\\b", "name-backslash"],
  ["./a/b", "name-duplicate"],
  ["a/./b", "name-duplicate"],
  ["a/b/.", "name-duplicate"],
  ["../a/b", "name-parent"],
  ["c/../a/b", "name-parent"],
] as const) {
  const both = [buildZip([{ name: "a/b" }, { name: other }]), buildZip([{ name: other }, { name: "a/b" }])];
  refuses(`b3, path canonicalisation: a/b and ${other}`, both, answer);
}
tags("b3, path canonicalisation: three dots are a name", [buildZip([{ name: ".../a" }, { name: "a/..." }])]);

tags("b4, case", [buildZip([{ name: "FILE" }, { name: "file" }])], "name-collision");

tags(
  "c1, stream or directory: an entry that only a stream reader finds",
  [buildZip([FILE, { ...FILE, name: "b", only: "local" }])],
  "gap",
);
refuses(
  "c1, stream or directory: an entry that no stream reader finds",
  [
    buildZip([FILE, { name: "b", only: "directory" }]),
    buildZip([FILE, { name: "b", only: "directory", directory: { headerOffset: 0 } }]),
    buildZip([FILE, { name: "b", only: "directory", directory: { headerOffset: 4 } }, DEFLATED]),
  ],
  "overlap",
);

test("c2, which end record: of three archives in a row, each a comment to the one before, none is believed", () => {
  const size = buildZip([FILE]).length;
  for (const surplus of [-1, 0, 1]) {
    const part = (index: number, rest: number) => {
      const directory = { headerOffset: index * size, ...(surplus === 0 ? { version: 10 } : {}) };
      const end = { directoryOffset: index * size + 30 + 4 + TEXT.length, commentLength: rest + surplus };
      return buildZip([{ ...FILE, directory }], { end });
    };
    const archive = Buffer.concat([part(0, 2 * size + 1), part(1, size + 1), part(2, 1), Buffer.alloc(1)]);
    const answers = { [-1]: "trailing-data", 0: "prepended-data", 1: "end-record-cut" } as Record<number, ZipReason>;
    assert.equal(answerTo(archive), answers[surplus]);
  }
});

refuses(
  "c3, how many entries: the counts and the size disagree",
  choices<{ entriesHere?: number; entries?: number; directorySize?: number }>([
    { entriesHere: 1 },
    { entries: 1 },
    { directorySize: 50 },
  ])
    .slice(1)
    .map((lies) => buildZip([FILE, { ...FILE, name: "other" }], { end: Object.assign({}, ...lies) })),
  "count-mismatch",
  "count-too-big",
  "directory-not-bound",
);

refuses(
  "c4, where the directory is: at its offset, or in front of the end record",
  [
    Buffer.concat([buildZip([FILE]).subarray(0, -22), buildZip([{ ...FILE, name: "else" }])]),
    Buffer.concat([Buffer.alloc(9), buildZip([FILE])]),
  ],
  "directory-not-bound",
);

test("c5, ZIP64 or not: a second directory with its ZIP64 records, hidden in a comment, is never reached", () => {
  const outer = [FILE, { ...FILE, name: "last" }];
  const base = buildZip(outer).length - 22;
  const inner = { name: "c", data: "inner" };
  const directoryOffset = base + 30 + 1 + 5;
  for (const lies of choices<object>([
    { disk: NONE_16, directoryDisk: NONE_16 },
    { entriesHere: NONE_16, entries: NONE_16 },
    { directorySize: NONE_32 },
    { directoryOffset: NONE_32 },
  ])) {
    for (const beforeEnd of [Buffer.alloc(0), Buffer.alloc(1)]) {
      const hidden = buildZip([{ ...inner, directory: { headerOffset: base } }], {
        zip64: true,
        zip64End: { directoryOffset },
        locator: { recordOffset: directoryOffset + 47 },
        beforeEnd,
      }).subarray(0, -22);
      const archive = buildZip([outer[0]!, { ...outer[1]!, comment: hidden }], { end: Object.assign({}, ...lies) });
      assert.notEqual(answerTo(archive), null);
    }
  }
});

refuses(
  "c5, ZIP64 or not: the two end records disagree, or the locator points elsewhere",
  [
    buildZip([FILE], { zip64: true, end: { entriesHere: 2, entries: 2 } }),
    buildZip([FILE], { zip64: true, end: { directorySize: 51 } }),
    buildZip([FILE], { zip64: true, locator: { recordOffset: 50 } }),
    buildZip([FILE], { zip64: true, zip64End: { length: 44 + 56 }, beforeLocator: Buffer.alloc(56) }),
  ],
  "zip64-legacy-mismatch",
  "zip64-locator-mismatch",
  "zip64-record-missing",
);

test("without a lie, these entries are accepted", () => {
  assert.equal(answerTo(buildZip([FILE, { ...DEFLATED, name: "deflated" }])), null);
});

test("what is accepted of all these is what yauzl lists", async (t) => {
  const { accepted, differences } = await askYauzl(scratchFolder(t), tried);
  assert.deepEqual(differences, []);
  assert.ok(accepted > 300, `${accepted} accepted of ${tried.length}`);
});
