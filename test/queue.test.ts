// What workers send is checked before it is believed; the rest of the queue, which needs a Redis server, is tested in test/long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { members, readWheel } from "../pipeline/collect/members.ts";
import { releases } from "../pipeline/collect/releases.ts";
import { CHECKS, parseResult } from "../pipeline/queue/facts.ts";
import { parseSettings, settingsOf, VERSION } from "../pipeline/queue/settings.ts";
import { requestTo, run, wheel } from "./harness.ts";

const file = (filename: string, members: Record<string, string>) => wheel(filename, members);

async function factsOf(source: ReturnType<typeof file>) {
  const [{ bytes }] = source.content as unknown as [{ bytes: Uint8Array }];
  const item = { filename: source.filename, size: source.size, known: [] };
  const read = async (start: number, end: number) => Buffer.from(bytes.subarray(start, end));
  return { item, facts: JSON.parse(JSON.stringify(await readWheel(item, { read, whole: () => null }))) };
}

const A = file("a-1.0-cp312-cp312-win_amd64.whl", { "a/core.pyd": "a", "a/z.dll": "z" });
const B = file("b-2.0-cp312-cp312-win_amd64.whl", { "b/core.pyd": "b" });
const ODD = file("c-3.0-cp312-cp312-win_amd64.whl", { "c/core.pyd": "c" });

test("a wheel's own facts are believed, those of another one are not", async () => {
  const check = CHECKS.members!;
  const [a, b] = [await factsOf(A), await factsOf(B)];
  assert.deepEqual(check(a.item, a.facts), { isSure: true });
  assert.deepEqual(check(b.item, b.facts), { isSure: true });
  assert.throws(() => check(a.item, b.facts), /a file of \d+ bytes, and not of/);
  // Of one .dist-info with another name nobody can say whether it is the wheel's: it is read here.
  const odd = await factsOf(ODD);
  assert.deepEqual(check({ ...odd.item, filename: "c-3.1-cp312-cp312-win_amd64.whl" }, odd.facts), { isSure: false });
  for (const [about, change] of [
    ["a size", { uncompressedSize: 1 }],
    ["an end", { tailNeeded: a.item.size + 1 }],
    ["entries", { entries: 7 }],
    ["a member", { members: [{ ...a.facts.members[0], crc32: 1 }] }],
    ["a member twice", { members: [a.facts.members[0], a.facts.members[0]] }],
    ["no dist-info", { distInfo: null }],
    ["a row that is none", { members: [{ path: 7 }] }],
    ["a number that is a text", { directorySize: "1" }],
    ["bytes that are none", { listing: "%%" }],
    ["a listing that is none", { listing: "AAAA" }],
  ] as const)
    assert.throws(() => check(a.item, { ...a.facts, ...change }), Error, about);
  const bomb = (bytes: Buffer) => deflateRawSync(bytes).toString("base64");
  const many = Buffer.concat([Buffer.from([1, 0xff, 0xff, 0x7f]), Buffer.alloc(4_000_000, "\n")]);
  for (const [listing, message] of [
    [bomb(Buffer.alloc(100_000_000)), /larger than 16777216 bytes/],
    [bomb(many), /2097151 entries, expected at most 100000/],
  ] as const)
    assert.throws(() => check(a.item, { ...a.facts, listing }), message);
  for (const document of [
    { name: "METADATA", content: "" },
    { name: "WHEEL", content: "A".repeat(12_000_000) },
  ])
    assert.throws(() => check(a.item, { ...a.facts, documents: [document] }), /of more bytes or another kind/);
  for (const none of [null, 7, [], "x", {}]) assert.throws(() => check(a.item, none));
});

test("a project's answer is believed where its wheels are the project's", () => {
  const check = CHECKS.releases!;
  const listed = { filename: A.filename, size: 1, sha256: A.sha256, url: "https://", uploadedAt: null, yanked: false };
  const release = (wheels: object[], more = {}) => ({
    etag: null,
    release: {
      ...{
        version: "1.0",
        licence: null,
        files: 2,
        counts: { wheels: 1, sdists: 0 },
        wheels,
        unusable: [],
        unknown: [],
      },
      ...more,
    },
  });
  assert.deepEqual(check({ project: "a", etag: null }, release([listed])), { isSure: true });
  assert.deepEqual(check({ project: "b", etag: null }, release([listed])), { isSure: false });
  assert.deepEqual(check({ project: "a", etag: "x" }, "unchanged"), { isSure: true });
  assert.throws(() => check({ project: "a", etag: null }, "unchanged"), /unchanged since never/);
  assert.throws(() => check({ project: "a", etag: null }, release([listed, listed])), /listed twice/);
  assert.throws(() => check({ project: "a", etag: null }, release([listed], { files: 0 })), /more wheels than files/);
  assert.throws(() => check({ project: "a", etag: null }, release([{ ...listed, filename: "a.whl" }])));
  assert.throws(() => check({ project: "a", etag: null }, release([{ ...listed, size: -1 }])));
});

test("contents are believed of as many files as were asked for, within their sizes", () => {
  const check = CHECKS.contents!;
  const found = { known: 10, facts: null, texts: [], inits: [], problem: "no native file" };
  assert.deepEqual(check([{ size: 10 }], [found]), { isSure: true });
  assert.throws(() => check([{ size: 10 }, { size: 10 }], [found]), /1 files, and 2 asked for/);
  assert.throws(() => check([{ size: 9 }], [found]), /more bytes than the file has/);
  assert.throws(() => check([{ size: 10 }], [{ ...found, facts: { format: "exe" } }]));
});

test("results of other shapes are refused, and of failures only known kinds", () => {
  const cost = { requests: 1, bytes: 1 };
  assert.equal(parseResult(JSON.stringify({ worker: "w", cost, facts: {} })).worker, "w");
  const failure = { worker: "w", cost, failure: { kind: "network", message: "no answer" } };
  assert.deepEqual(parseResult(JSON.stringify(failure)), failure);
  assert.equal(parseResult(JSON.stringify({ worker: "w", stop: "refused" })).worker, "w");
  for (const odd of [
    { worker: "w", cost, failure: { kind: "mood", message: "" } },
    { worker: "w", cost: { requests: -1, bytes: 0 }, facts: {} },
    { cost, facts: {} },
    null,
  ])
    assert.throws(() => parseResult(JSON.stringify(odd)));
  assert.throws(() => parseResult("{"));
});

test("settings reach a worker as they were sent, and nothing else does", () => {
  const settings = settingsOf("1", null, requestTo({ url: "http://127.0.0.1:1", rankingUrl: "" }, "x", { rate: 5 }));
  assert.deepEqual(parseSettings(JSON.stringify(settings)), settings);
  assert.equal(settings.version, VERSION);
  for (const text of [null, "", "{}", JSON.stringify({ ...settings, rate: "5" })])
    assert.equal(parseSettings(text), null);
});

test("stages say what collects their items", () => {
  assert.deepEqual(
    [releases, members].map(({ collector }) => collector?.name),
    ["releases", "members"],
  );
});

test("a queue's address is checked before anything is asked", async () => {
  for (const words of [
    ["worker", "--queue", "http://x"],
    ["--queue", "x"],
  ]) {
    const { code, stderr } = await run(words);
    assert.deepEqual([code, /redis:\/\/host:6379/.test(stderr)], [2, true]);
  }
  assert.equal((await run(["worker"])).code, 2);
});
