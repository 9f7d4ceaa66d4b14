// Damages ZIP archives at random, but where it matters: in the fields, at the borders of the records, and by whole records.
// The same seed gives the same archives.

import { ODD, PLAIN } from "./zip-archives.ts";

/** A number from 0 up to, not including, `limit`. */
export type Random = (limit: number) => number;

/** A sequence of random integers that depends on the seed only. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) % limit;
  };
}

/** `count` archives, each damaged in one to four places, most of them with the end record made to fit again. */
export function* mutants(seed: number, count: number): Generator<Buffer> {
  const archives = [...PLAIN.map(([, archive]) => archive), ...ODD.map(([, , archive]) => archive)];
  const small = archives.filter((archive) => archive.length < LARGEST);
  const random = seeded(seed);
  for (let made = 0; made < count; made++) {
    let archive: Buffer = Buffer.from(small[random(small.length)]!);
    for (let changes = 1 + random(4); changes > 0; changes--) {
      archive = CHANGES[random(CHANGES.length)]!(archive, random);
    }
    yield random(4) > 0 ? withSoundEnd(archive) : archive;
  }
}

const LARGEST = 4096;
const SIGNATURE = Buffer.from("PK");
const DIRECTORY_HEADER = Buffer.from("PK\x01\x02", "latin1");
const END_RECORD = Buffer.from("PK\x05\x06", "latin1");
const NUMBERS = [0, 1, 2, 8, 22, 46, 0x7f, 0xff, 0x800, 0x7fff, 0xffff, 0x7fffffff, 0xfffffffe, 0xffffffff];
const BYTES = [0, 1, 0x2e, 0x2f, 0x3a, 0x5c, 0x7f, 0x80, 0xff];
const FIELDS_END = 46; // Within so many bytes behind a signature lie the fields that describe a record.

const CHANGES: ((archive: Buffer, random: Random) => Buffer)[] = [
  function setField(archive, random) {
    const at = pick(records(archive), random) + random(FIELDS_END);
    const width = 1 << random(3);
    if (at + width > archive.length) return archive;
    archive.writeUIntLE(pick(NUMBERS, random) % 2 ** (8 * width), at, width);
    return archive;
  },
  function shiftField(archive, random) {
    const at = pick(records(archive), random) + random(FIELDS_END);
    if (at < archive.length) archive[at] = (archive[at]! + random(3) - 1) & 0xff;
    return archive;
  },
  function setByte(archive, random) {
    if (archive.length > 0) archive[random(archive.length)] = pick(BYTES, random);
    return archive;
  },
  function insertBytes(archive, random) {
    const at = random(archive.length + 1);
    return splice(archive, at, at, Buffer.alloc(1 + random(30), pick(BYTES, random)));
  },
  function deleteBytes(archive, random) {
    const at = random(archive.length + 1);
    return splice(archive, at, at + 1 + random(30), Buffer.alloc(0));
  },
  function repeatRecord(archive, random) {
    const at = pick(records(archive), random);
    return splice(archive, at, at, pickRecord(archive, random));
  },
  function replaceRecord(archive, random) {
    const starts = records(archive);
    const index = random(starts.length);
    return splice(archive, starts[index]!, starts[index + 1] ?? archive.length, pickRecord(archive, random));
  },
  function appendRecord(archive, random) {
    return Buffer.concat([archive, pickRecord(archive, random)]);
  },
  function cutEnd(archive, random) {
    return archive.subarray(0, archive.length - random(Math.min(60, archive.length + 1)));
  },
];

/** Lets the last end record describe the directory headers that are there; without that, few damaged archives get past it. */
function withSoundEnd(archive: Buffer): Buffer {
  const end = archive.lastIndexOf(END_RECORD);
  const start = archive.indexOf(DIRECTORY_HEADER);
  if (start < 0 || end < start || end + 22 > archive.length) return archive;
  const headers = records(archive).filter((at) => archive.indexOf(DIRECTORY_HEADER, at) === at).length;
  archive.writeUInt16LE(headers, end + 8);
  archive.writeUInt16LE(headers, end + 10);
  archive.writeUInt32LE(end - start, end + 12);
  archive.writeUInt32LE(start, end + 16);
  archive.writeUInt16LE(Math.min(archive.length - end - 22, 0xffff), end + 20);
  return archive;
}

/** Where records begin; the archive's start where there are none. */
function records(archive: Buffer): number[] {
  const starts: number[] = [];
  for (let at = archive.indexOf(SIGNATURE); at >= 0; at = archive.indexOf(SIGNATURE, at + 1)) starts.push(at);
  return starts.length > 0 ? starts : [0];
}

function pickRecord(archive: Buffer, random: Random): Buffer {
  const starts = records(archive);
  const index = random(starts.length);
  return Buffer.from(archive.subarray(starts[index], starts[index + 1] ?? archive.length));
}

function pick<Item>(items: Item[], random: Random): Item {
  return items[random(items.length)]!;
}

function splice(archive: Buffer, start: number, end: number, replacement: Buffer): Buffer {
  return Buffer.concat([archive.subarray(0, start), replacement, archive.subarray(end)]);
}
