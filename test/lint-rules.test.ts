import assert from "node:assert/strict";
import { test } from "node:test";
import { type ComponentRule, loadRules } from "../pipeline/naming/component-rules.ts";
import { lintComponents } from "../scripts/lint/components.ts";
import { lintRenamedCopies } from "../scripts/lint/renamed-copies.ts";
import { lintSecurityComponents } from "../scripts/lint/security-components.ts";

const ZLIB: ComponentRule = {
  component: "zlib",
  name: "zlib",
  purl: "pkg:generic/zlib",
  licence: "Zlib",
  cpe: "zlib:zlib",
  patterns: [
    {
      stem: "^libz$",
      file_version: "release",
      source: "upstream's configure",
      examples: [{ stem: "libz", file_version: "1.2.13", version: "1.2.13" }],
    },
  ],
};
const PNG: ComponentRule = {
  component: "libpng",
  name: "libpng",
  purl: "pkg:generic/libpng",
  patterns: [
    {
      stem: "^libpng16$",
      file_version: "decoded",
      decode: [{ match: "^16\\.(\\d+)\\.0$", version: "1.6.$1" }],
      source: "upstream's configure.ac",
      examples: [{ stem: "libpng16", file_version: "16.34.0", version: "1.6.34" }],
    },
  ],
};

/** Lints rules, each in the file that its component's name asks for. */
const lint = (rules: object[], seenStems?: string[]): string[] =>
  lintComponents(new Map(rules.map((rule) => [`${(rule as ComponentRule).component}.json`, rule])), seenStems);
/** One rule alone with other fields, as JSON gives it: what is undefined is missing. */
const zlib = (fields: object): object[] => JSON.parse(JSON.stringify([{ ...ZLIB, ...fields }]));
/** libpng's rule alone, with other fields in its pattern. */
const png = (fields: object): object[] =>
  JSON.parse(JSON.stringify([{ ...PNG, patterns: [{ ...PNG.patterns[0], ...fields }] }]));
const decode = (step: object): object[] => png({ decode: [step] });

const BROKEN: [what: string, rules: object[], message: string][] = [
  ["a missing field", zlib({ purl: undefined }), "zlib.json: purl: missing, expected as in data/README.md; add it"],
  [
    "an unknown field",
    zlib({ license: "Zlib" }),
    "zlib.json: license: unknown field, expected those of data/README.md; drop or rename it",
  ],
  [
    "a name with capitals",
    zlib({ component: "ZLib" }),
    'ZLib.json: component: "ZLib", expected lower-case letters, digits and . + - only',
  ],
  [
    "an unknown meaning",
    png({ file_version: "abi" }),
    'libpng.json: patterns[0].file_version: "abi", expected ("release" | "soname" | "decoded" | "none")',
  ],
  ["no pattern", zlib({ patterns: [] }), "zlib.json: patterns: 0, expected one at least"],
  ["no example", png({ examples: [] }), "libpng.json: patterns[0].examples: 0, expected one at least"],
  [
    "an expression that does not compile",
    png({ stem: "^libpng(16$" }),
    'libpng.json: patterns[0].stem: "^libpng(16$", expected a regular expression (Unterminated group)',
  ],
  [
    "no purl",
    zlib({ purl: "zlib" }),
    'zlib: purl: zlib, expected a package URL such as pkg:generic/openssl (Invalid purl: missing required "pkg" scheme component)',
  ],
  [
    "a purl with a version",
    zlib({ purl: "pkg:generic/zlib@1.2.13" }),
    "zlib: purl: pkg:generic/zlib@1.2.13, expected none of its releases; drop @1.2.13",
  ],
  [
    "a purl in another spelling",
    zlib({ purl: "pkg:github/Madler/ZLib" }),
    "zlib: purl: pkg:github/Madler/ZLib, expected the canonical form; write pkg:github/madler/zlib",
  ],
  [
    "a licence that is no SPDX expression",
    zlib({ licence: "MIT, Zlib" }),
    "zlib: licence: MIT, Zlib, expected an SPDX expression such as MIT OR Apache-2.0; take the ids from https://spdx.org/licenses/",
  ],
  [
    "a licence that SPDX does not know",
    zlib({ licence: "MIT OR Zlib2" }),
    "zlib: licence: MIT OR Zlib2, expected an SPDX expression such as MIT OR Apache-2.0; take the ids from https://spdx.org/licenses/",
  ],
  [
    "half a licence",
    zlib({ licence: "MIT OR" }),
    "zlib: licence: MIT OR, expected an SPDX expression such as MIT OR Apache-2.0; take the ids from https://spdx.org/licenses/",
  ],
  [
    "half a CPE",
    zlib({ cpe: "zlib" }),
    "zlib: cpe: zlib, expected vendor:product in lower case such as haxx:libcurl; take them from https://nvd.nist.gov/products/cpe",
  ],
  [
    "no anchors",
    png({ stem: "libpng16" }),
    "libpng libpng16: stem: libpng16, expected the whole text to be matched; write ^…$",
  ],
  [
    "anchors for one alternative each",
    png({ stem: "^libpng16|png16$" }),
    "libpng ^libpng16|png16$: stem: ^libpng16|png16$, expected ^ and $ to hold for every alternative; write ^(…|…)$",
  ],
  [
    "a repetition of a repetition",
    png({ stem: "^lib(p+n*)+g16$" }),
    "libpng ^lib(p+n*)+g16$: stem: ^lib(p+n*)+g16$, expected no repetition of a repetition; it can take for ever",
  ],
  [
    "capitals in a pattern",
    png({ stem: "^libPNG16$" }),
    "libpng ^libPNG16$: stem: ^libPNG16$, expected lower case; stems are compared in lower case",
  ],
  [
    "a condition that can take for ever",
    png({ if_file_version: "^(1*)*$" }),
    "libpng ^libpng16$: if_file_version: ^(1*)*$, expected no repetition of a repetition; it can take for ever",
  ],
  [
    "no decoding",
    png({ decode: undefined }),
    'libpng ^libpng16$: decode: missing, expected how to read the release; add it, or say "soname" or "none"',
  ],
  [
    "a decoding that is not asked for",
    png({ file_version: "soname" }),
    'libpng ^libpng16$: decode: found beside "soname", expected only beside "decoded"; drop one of them',
  ],
  [
    "a decoding without a result",
    decode({ match: "^16\\.(\\d+)\\.0$" }),
    "libpng ^libpng16$: decode[0].version: missing, expected a version or a table",
  ],
  [
    "a decoding with two results",
    decode({ match: "^(16)$", version: "$1", table: { "16": "1.6" } }),
    "libpng ^libpng16$: decode[0].version: found beside a table, expected a version or a table",
  ],
  [
    "a group that is not there",
    decode({ match: "^16\\.\\d+\\.0$", version: "1.6.$1" }),
    "libpng ^libpng16$: decode[0].match: 0 groups, expected 1; put (…) around what is taken",
  ],
  [
    "a table without a group",
    decode({ match: "^16$", table: { "16": "1.6.0" } }),
    "libpng ^libpng16$: decode[0].match: 0 groups, expected 1; put (…) around what is taken",
  ],
  [
    "a version that is none",
    decode({ match: "^(16)\\.34\\.0$", table: { "16": "v1.6" } }),
    "libpng ^libpng16$: decode[0].version: v1.6, expected one that starts with a digit",
  ],
  [
    "a decoding without anchors",
    decode({ match: "16\\.(\\d+)", version: "1.6.$1" }),
    "libpng ^libpng16$: decode[0].match: 16\\.(\\d+), expected the whole text to be matched; write ^…$",
  ],
  [
    "no source",
    png({ source: undefined }),
    "libpng ^libpng16$: source: missing, expected who says that the number means this; cite it",
  ],
  [
    "no example of a version",
    png({ examples: [{ stem: "libpng16" }] }),
    'libpng ^libpng16$: examples: none with a version, expected one at least, as "decoded" promises versions; add one',
  ],
  [
    "an example that does not match",
    png({ examples: [{ stem: "libpng15", file_version: "16.34.0", version: "1.6.34" }] }),
    "libpng ^libpng16$: example libpng15 16.34.0: no match, expected its own pattern; mend the pattern or the example",
  ],
  [
    "an example read otherwise",
    png({ examples: [{ stem: "libpng16", file_version: "16.34.0", version: "1.6.35" }] }),
    "libpng ^libpng16$: example libpng16 16.34.0: version: 1.6.34, expected 1.6.35; mend the decoding or the example",
  ],
  [
    "an example that should not be read",
    png({ examples: [...PNG.patterns[0]!.examples, { stem: "libpng16", file_version: "16.1.0" }] }),
    "libpng ^libpng16$: example libpng16 16.1.0: version: 1.6.1, expected none; mend the decoding or the example",
  ],
  [
    "an example of another rule",
    [...png({ examples: [...PNG.patterns[0]!.examples, { stem: "libz" }] }), ZLIB],
    "libpng ^libpng16$: example libz: matches zlib ^libz$, expected only its own pattern; narrow one of them or move the example",
  ],
  [
    "an example of two rules",
    [...png({ stem: "^lib(png16|z)$" }), ZLIB],
    "zlib ^libz$: example libz 1.2.13: also matches libpng ^lib(png16|z)$, expected only its own pattern; narrow one of them or move the example",
  ],
];

test("sound rules pass", () => {
  assert.deepEqual(lint([PNG, ZLIB]), []);
});

for (const [what, rules, message] of BROKEN) {
  test(`${what} is reported`, () => assert.deepEqual(lint(rules), [message]));
}

test("a file that is called otherwise than its component is reported", () => {
  assert.deepEqual(lintComponents(new Map([["libz.json", ZLIB]])), [
    "libz.json: the file of zlib, expected the name zlib.json; rename one of them",
  ]);
});

test("a file that holds no rule is reported", () => {
  assert.deepEqual(lintComponents(new Map([["zlib.json", "zlib"]])), ['zlib.json: "zlib", expected Object']);
});

test("a stem of the edition that two rules claim is reported", () => {
  const greedy: ComponentRule = {
    ...PNG,
    component: "zlib-like",
    patterns: [{ stem: "^libz\\w?$", file_version: "none", examples: [{ stem: "libzx" }] }],
  };
  assert.deepEqual(lint([ZLIB, greedy], ["libzx"]).slice(0, 1), [
    "zlib ^libz$: example libz 1.2.13: also matches zlib-like ^libz\\w?$, expected only its own pattern; narrow one of them or move the example",
  ]);
  assert.ok(
    lint([ZLIB, greedy], ["libz"]).includes(
      "libz: matches zlib ^libz$ and zlib-like ^libz\\w?$, expected one; narrow one of them",
    ),
  );
});

test("a rule that matched nothing of the edition is warned of", () => {
  assert.deepEqual(lint([PNG, ZLIB], ["libz", "libfoo"]), [
    "warning: libpng: matches no library of the edition; mend its patterns, or leave it for the next edition",
  ]);
  assert.deepEqual(lint([PNG, ZLIB], ["LibZ", "libpng16"]), []);
});

test("the rules in data/ pass", () => {
  assert.deepEqual(lint(loadRules()), []);
});

test("a pattern for programs claims no library, and no program without it is claimed", () => {
  const program = { kind: "executable", stem: "^libz$", file_version: "none", examples: [{ stem: "libz" }] };
  assert.deepEqual(lint([{ ...ZLIB, patterns: [...ZLIB.patterns, program] }]), []);
  assert.deepEqual(lint([{ ...ZLIB, patterns: [{ ...program, kind: "library" }] }]), [
    'zlib.json: patterns[0].kind: "library", expected "executable"',
  ]);
});

const COPY = {
  match: "^(.+)-mine$",
  original: "$1",
  number: "upstream",
  about: "a test",
  examples: [{ stem: "libz-mine", original: "libz" }],
};
const BROKEN_COPIES: [what: string, rule: object, message: string][] = [
  [
    "no whole name",
    { ...COPY, match: "(.+)-mine$" },
    "rule 1: match: (.+)-mine$, expected the whole text to be matched; write ^…$",
  ],
  [
    "a group that is not there",
    { ...COPY, original: "$2" },
    "rule 1: match: 1 groups, expected 2; put (…) around what is taken",
  ],
  [
    "an example of another name",
    { ...COPY, examples: [{ stem: "libz-yours", original: "libz" }] },
    "rule 1: example libz-yours: original: none, expected libz; mend the rule or the example",
  ],
  ["an unknown number", { ...COPY, number: "mine" }, 'rule 1: number: "mine", expected ("upstream" | "packager")'],
];

for (const [what, rule, message] of BROKEN_COPIES) {
  test(`a renamed copy with ${what} is reported`, () => assert.deepEqual(lintRenamedCopies([rule]), [message]));
}

test("sound renamed copies pass", () => assert.deepEqual(lintRenamedCopies([COPY]), []));
test("the list of components that matter to security is in order, has a rule and a source for each", () => {
  const row = { why: "reason", source: "https://example.org/" };
  const lint = (...rows: object[]) =>
    lintSecurityComponents(new Map([["list.json", rows]]), new Set(["curl", "zlib"])).join("\n");
  assert.equal(lint({ component: "curl", ...row }, { component: "zlib", ...row }), "");
  assert.match(lint({ component: "zlip", ...row }), /list\.json: zlip, expected a component of data\/components\//);
  assert.match(
    lint({ component: "zlib", ...row }, { component: "curl", ...row }),
    /curl after zlib, expected each once/,
  );
  assert.match(lint({ component: "curl", ...row }, { component: "curl", ...row }), /curl after curl/);
  assert.match(lint({ component: "curl", ...row, source: "heard" }), /source: .*heard.*, expected a URL/);
});
