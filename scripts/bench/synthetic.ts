// An index of as many wheels as a full edition has. Their ends are made when they are asked for, the same bytes each time; the
// rest of them is zeros.
import { createCipheriv, createHash } from "node:crypto";
import { crc32, deflateRawSync } from "node:zlib";
import { isNativeMember } from "../../pipeline/naming/library-name.ts";
import { buildElf } from "../../test/loopback/binaries.ts";
import { endOf, type Listing, LOCAL_HEADER_SIZE, recordText } from "../../test/loopback/listing.ts";
import { wheelOf } from "../../test/loopback/made-up-source.ts";
import { recordedListings } from "../../test/loopback/recorded-source.ts";
import { type IndexSource, memorySource, type SourceFile } from "../../test/loopback/source.ts";
import { sparseWheel } from "../../test/loopback/sparse-wheel.ts";

// Entries of a wheel, as measured on 967 real ones: this share of them has at most so many; between, along an exponential.
const SHARES = [0, 0.5, 0.75, 0.9, 0.95, 0.99, 1];
const ENTRIES = [5, 31, 120, 591, 1347, 4262, 16_235];

/** The platforms and the Pythons of a release: a wheel for each of both. */
export const PLATFORMS = [
  "manylinux_2_28_x86_64",
  "manylinux_2_28_aarch64",
  "musllinux_1_2_x86_64",
  "macosx_11_0_arm64",
  "win_amd64",
  "win32",
];
export const PYTHONS = ["cp310", "cp311", "cp312", "cp313", "cp314"];
const TAGS = PYTHONS.flatMap((python) => PLATFORMS.map((platform) => `${python}-${python}-${platform}`));
const LEAST_PER_ENTRY = 800; // Bytes of the file, so that headers, modules and the end have room.
const LARGEST = 1e9; // So that no offset and no size needs ZIP64.
const HEADER = 46; // Of an entry in the directory, without its name.
const END_RECORD = 22;
const WHEEL = "Wheel-Version: 1.0\nGenerator: synthetic\nRoot-Is-Purelib: false\n";

/** Wheels of a release. */
export const SIBLINGS = TAGS.length;

/** A recorded wheel, as far as the synthetic ones resemble it. */
interface Model {
  bytesPerEntry: number;
  natives: string[];
}

/** An index of this many wheels: releases of 30 wheels each, their sizes and native files like those of recorded ones with as many entries; made when they are asked for, unless they are kept. */
export function syntheticSource(wheels: number, isKept = false): IndexSource {
  const models = recordedModels();
  const projects = Array.from({ length: Math.ceil(wheels / SIBLINGS) }, (_, nth) => `synthetic${nth}`);
  return memorySource(
    projects.map((name, nth) => {
      const share = (((nth * 7919) % projects.length) + 0.5) / projects.length; // Small and large in turn, as in a ranking.
      const model = models[Math.floor(share * models.length)]!;
      const made = TAGS.slice(0, wheels - nth * SIBLINGS).map((tag, sibling) =>
        syntheticFile(`${name}-1.0-${tag}.whl`, Math.round(entriesAt(share) * (1 + (sibling % 7) / 200)), model),
      );
      const files = isKept ? made.map((file) => ({ ...file })) : made; // A copy has the content, not what makes it.
      return { name, version: "1.0", files };
    }),
  );
}

function recordedModels(): Model[] {
  return recordedListings()
    .sort((a, b) => a.entries.length - b.entries.length)
    .map(({ entries }) => ({
      bytesPerEntry: endOf(entries.at(-1)!) / entries.length,
      natives: entries.map(({ path }) => path).filter((path) => isNativeMember(path)),
    }));
}

function entriesAt(share: number): number {
  const above = SHARES.findIndex((most) => share <= most);
  const [from, to, least, most] = [SHARES[above - 1]!, SHARES[above]!, ENTRIES[above - 1]!, ENTRIES[above]!];
  return Math.round(least * (most / least) ** ((share - from) / (to - from)));
}

function syntheticFile(filename: string, entries: number, { bytesPerEntry, natives }: Model): SourceFile {
  const size = Math.round(Math.min(LARGEST, Math.max(20_000 + LEAST_PER_ENTRY * entries, bytesPerEntry * entries)));
  const sha256 = createHash("sha256").update(filename).digest("hex");
  return {
    filename,
    size,
    sha256,
    uploadTime: null,
    yanked: false,
    get content() {
      return sparseWheel(syntheticListing(filename, size, entries, natives), size);
    },
  };
}

/** A wheel of some native files, of which the first takes the room that is left, modules, and the documents behind them. */
function syntheticListing(filename: string, size: number, count: number, natives: string[]): Listing {
  const distInfo = `${filename.split("-").slice(0, 2).join("-")}.dist-info`;
  const few = natives.slice(0, Math.max(1, count >> 1));
  const modules = Array.from(
    { length: Math.max(0, count - few.length - 3) }, // Without METADATA, WHEEL and RECORD.
    (_, nth) => `synthetic/subpackage_${nth >> 5}/module_with_a_name_${nth}.py`,
  );
  const paths = [...few, ...modules, ...["METADATA", "WHEEL", "RECORD"].map((name) => `${distInfo}/${name}`)];
  const hashes = createHash("shake256", { outputLength: 32 * paths.length })
    .update(filename)
    .digest();
  const entries = paths.map((path, nth) => {
    const sha256 = hashes.toString("base64url", 32 * nth, 32 * nth + 32);
    return { path, size: 1200, packed: 400, stored: false, crc32: nth, sha256, offset: 0 };
  });
  const [big, wheel, record] = [entries[0]!, entries.at(-2)!, entries.at(-1)!];
  big.size = 3 * size;
  Object.assign(wheel, { size: WHEEL.length, packed: WHEEL.length, crc32: crc32(Buffer.from(WHEEL)) });
  record.sha256 = "";
  const texts = [{ path: wheel.path, text: WHEEL, reduced: false }];
  const listing: Listing = { filename, texts, record: { path: record.path, newline: "\n", runs: [] }, entries };
  const text = Buffer.from(recordText(listing));
  Object.assign(record, { size: text.length, packed: deflateRawSync(text, { level: 1 }).length, crc32: crc32(text) });
  const others = entries.slice(1).reduce((sum, entry) => sum + entry.packed, 0);
  const headers = entries.reduce((sum, { path }) => sum + LOCAL_HEADER_SIZE + HEADER + 2 * Buffer.byteLength(path), 0);
  big.packed = size - END_RECORD - headers - others;
  for (const [nth, entry] of entries.entries()) entry.offset = nth === 0 ? 0 : endOf(entries[nth - 1]!);
  return listing;
}

const IN_A_WHEEL = 100; // Libraries.
const EACH_LARGE = 2_000_000; // Bytes of the one of each wheel that is read by its ends.

/** An index of this many distinct ELF libraries, a hundred in each wheel of its own project, one of them too large to be read whole. */
export function librariesSource(libraries: number): IndexSource {
  const wheels = Array.from({ length: Math.ceil(libraries / IN_A_WHEEL) }, (_, nth) => `libraries${nth}`);
  return memorySource(
    wheels.map((name, wheel) => {
      const count = Math.min(IN_A_WHEEL, libraries - wheel * IN_A_WHEEL);
      const members = Array.from({ length: count }, (_, nth): [string, Buffer] => [
        `${name}.libs/lib${wheel}x${nth}.so.1`,
        buildElf({
          ...{ soname: `lib${wheel}x${nth}.so.1`, needed: ["libc.so.6"], glibc: "2.28" },
          text: noise(`${wheel} ${nth}`, nth === 0 && wheel < 30 ? EACH_LARGE : 3000),
        }),
      ]);
      const filename = `${name}-1.0-cp312-cp312-manylinux_2_28_x86_64.whl`;
      return { name, version: "1.0", files: [wheelOf(filename, Object.fromEntries(members))] };
    }),
  );
}

/** Bytes that no compressor makes smaller, the same for the same seed. */
function noise(seed: string, bytes: number): Buffer {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
