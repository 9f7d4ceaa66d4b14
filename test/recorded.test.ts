// The recorded slice of PyPI: its text form, and the wheels that come out of it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader } from "yauzl";
import { parseRecord } from "../pipeline/formats/wheel/record.ts";
import { readDirectory } from "../pipeline/formats/zip/directory.ts";
import { END_WINDOW, findEndRecord } from "../pipeline/formats/zip/end-record.ts";
import { comparableFiles } from "../scripts/comparable-files.ts";
import { ask } from "./loopback/client.ts";
import { filePath } from "./loopback/documents.ts";
import { sparseBytes } from "./loopback/file-content.ts";
import { startIndex } from "./loopback/index-server.ts";
import { formatListings, type Listing, parseListings, recordText } from "./loopback/listing.ts";
import { FILES, RECORDED, type RecordedRanking, recordedSource } from "./loopback/recorded-source.ts";
import type { Extent, IndexSource } from "./loopback/source.ts";
import { sparseWheel } from "./loopback/sparse-wheel.ts";
import { SEEDED } from "./seed.ts";

const PLAIN = { noNullPrototype: true };

describe("a recorded listing", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "é", "/", "\t", "\n", "\r", "\\", " ") });
  const entry = fc.record(
    {
      path: fc.oneof(fc.constantFrom("a/", "a/b", 'a/",b'), cell),
      size: fc.nat(),
      packed: fc.nat(),
      stored: fc.boolean(),
      crc32: fc.nat(),
      sha256: fc.constantFrom("", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
      offset: fc.nat(),
    },
    PLAIN,
  );
  const listing: fc.Arbitrary<Listing> = fc.record(
    {
      filename: cell,
      texts: fc.array(fc.record({ path: cell, text: cell, reduced: fc.boolean() }, PLAIN)),
      record: fc.record(
        {
          path: cell,
          newline: fc.constantFrom("\n", "\r\n"),
          runs: fc.array(fc.tuple(fc.nat(), fc.nat())),
        },
        PLAIN,
      ),
      entries: fc.array(entry.map((facts) => (facts.stored ? { ...facts, packed: facts.size } : facts))),
    },
    PLAIN,
  );

  test("is read as it was written", () => {
    fc.assert(
      fc.property(fc.array(listing), (listings) => assert.deepEqual(parseListings(formatListings(listings)), listings)),
      SEEDED,
    );
  });

  test("names the line that is none", () => {
    assert.throws(() => parseListings("\ta\n"), { message: 'recorded listing, line 1: "", expected "wheel"' });
    assert.throws(() => parseListings("wheel\ta\nrows\tb\n"), /line 2: "rows"/);
  });

  const facts = { size: 5, packed: 5, stored: false, crc32: 0, sha256: "x", offset: 0 };
  const small: Listing = {
    filename: "a-1-py3-none-win32.whl",
    texts: [{ path: "a-1.dist-info/WHEEL", text: "Tag: py3-none-win32\n", reduced: false }],
    record: {
      path: "a-1.dist-info/RECORD",
      newline: "\r\n",
      runs: [
        [2, 3],
        [1, 1],
      ],
    },
    entries: [
      { ...facts, path: "a/" },
      { ...facts, path: "a,b.pyd" },
      { ...facts, path: "a-1.dist-info/WHEEL", size: 20 },
      { ...facts, path: "a-1.dist-info/RECORD", sha256: "" },
    ],
  };

  test("gives RECORD in its own order", () => {
    assert.equal(
      recordText(small),
      'a-1.dist-info/WHEEL,sha256=x,20\r\na-1.dist-info/RECORD,,\r\n"a,b.pyd",sha256=x,5\r\n',
    );
  });

  test("is refused when it contradicts itself", () => {
    assert.throws(() => sparseWheel(small, 1000), /WHEEL: its text has another size or CRC-32/);
    const crowded = { ...small, texts: [], record: { ...small.record, path: "none" } };
    assert.throws(() => sparseWheel(crowded, 100), /entries end at \d+, expected at most/);
  });
});

describe("the recorded slice of PyPI", () => {
  const source = recordedSource();
  const before = recordedSource("2026-10");
  const projects = source.ranking().map(({ project }) => project);
  const moved = projects.filter((name) => before.project(name)!.version !== source.project(name)!.version);
  const filesOf = ({ project }: IndexSource, names: string[]) => names.flatMap((name) => project(name)!.files);
  const files = [...filesOf(source, projects), ...filesOf(before, moved)];
  const listings = readdirSync(join(RECORDED, FILES.listings)).flatMap((name) =>
    parseListings(readFileSync(join(RECORDED, FILES.listings, name), "utf8")),
  );

  test("has at least 100 ranked projects with binary wheels, in the order of their ranks", () => {
    const { rows }: RecordedRanking = JSON.parse(readFileSync(join(RECORDED, FILES.ranking), "utf8"));
    assert.ok(rows.every(({ rank }, i) => i === 0 || rank > rows[i - 1]!.rank));
    assert.ok(rows.every(({ project }) => source.project(project)!.files.length > 0));
    assert.ok(new Set(listings.map(({ filename }) => filename.split("-")[0])).size >= 100);
    const filenames = new Set(files.map(({ filename }) => filename));
    assert.deepEqual(
      listings.filter(({ filename }) => !filenames.has(filename)),
      [],
    );
  });

  test("is what its README says", () => {
    const readme = readFileSync(join(RECORDED, "README.md"), "utf8");
    const reduced = listings
      .map(({ texts }) => texts.filter((text) => text.reduced).length)
      .filter((count) => count > 0);
    const documents = reduced.reduce((sum, count) => sum + count, 0);
    const binary = readdirSync(join(RECORDED, FILES.listings)).map((name) => name.replace(/\.tsv$/, ""));
    for (const claim of [
      `${projects.length} real projects, ${binary.length} of them with binary wheels`,
      `of ${moved.length} of these projects, ${moved.filter((name) => binary.includes(name)).length} of them with binary wheels`,
      `${documents} documents in ${reduced.length} wheels; in the\n  other ${listings.length - reduced.length} `,
    ]) {
      assert.ok(readme.includes(claim), claim);
    }
  });

  test("has other releases of some projects a month before, for platforms that are recorded of the newer ones too", () => {
    assert.ok(moved.length >= 20);
    for (const name of moved) {
      const [older, newer] = [before, source].map(({ project }) => project(name)!.files);
      assert.deepEqual(new Set(comparableFiles(older!, newer!)), new Set(older), name);
    }
  });

  test("knows no upload times and invents none", () => {
    assert.ok(files.every(({ uploadTime, yanked }) => uploadTime === null && !yanked));
  });

  test("gives wheels that yauzl lists as recorded, whose documents have their CRC-32", async () => {
    for (const listing of listings) {
      const file = files.find(({ filename }) => filename === listing.filename)!;
      const zip = await fromRandomAccessReaderPromise(new SparseReader(file.content as Extent[]), file.size, {
        autoClose: false,
        strictFileNames: true,
      });
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
      assert.deepEqual(
        [...entries.values()].map((entry) => [entry.fileName, entry.uncompressedSize, entry.crc32]),
        listing.entries.map((entry) => [entry.path, entry.size, entry.crc32]),
      );
      for (const { path } of [...listing.texts, listing.record]) {
        const entry = entries.get(path)!;
        const bytes = await buffer(await zip.openReadStreamPromise(entry));
        assert.equal(crc32(bytes), entry.crc32, `${listing.filename}, ${path}`);
        if (path === listing.record.path) {
          const paths = [...entries.keys()].filter((name) => !name.endsWith("/"));
          assert.deepEqual([...parseRecord(bytes.toString()).keys()].sort(), paths.sort());
        }
      }
      zip.close();
    }
  });

  test("gives wheels that the strict reader takes, without anything odd but high compression", () => {
    for (const { filename } of listings) {
      const { content, size } = files.find((file) => file.filename === filename)!;
      const bytes = (start: number, end: number) => sparseBytes(content as Extent[], start, end);
      const end = findEndRecord(bytes(Math.max(0, size - END_WINDOW), size), size);
      if ("needFrom" in end) return assert.fail(`${filename}: more than ${END_WINDOW} bytes needed`);
      const { tags } = readDirectory(bytes(end.directoryOffset, end.directoryOffset + end.directorySize), end);
      const odd = tags.filter(({ code }) => code !== "high-ratio");
      assert.deepEqual([filename, odd, end.commentLength], [filename, [], 0]);
    }
  });

  test("serves a wheel's end over HTTP", async () => {
    const index = await startIndex(source);
    const file = source.project("numpy")!.files.find(({ filename }) => filename.includes("musllinux"))!;
    const { status, body } = await ask(index.url + filePath(file), {
      range: `bytes=${file.size - 22}-${file.size - 1}`,
    });
    assert.deepEqual([status, body.readUInt32LE(0), body.readUInt16LE(20)], [206, 0x06054b50, 0]);
    await index.close();
  });
});

class SparseReader extends RandomAccessReader {
  readonly extents: Extent[];
  constructor(extents: Extent[]) {
    super();
    this.extents = extents;
  }
  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from([sparseBytes(this.extents, start, end)]);
  }
  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ) {
    sparseBytes(this.extents, position, position + length).copy(target, offset);
    queueMicrotask(() => callback(null));
  }
}
