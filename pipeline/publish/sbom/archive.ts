// The SBOMs of an edition in one archive: a tar file (POSIX.1-2001, pax) in gzip, with the same bytes for the same facts.
import { gzipSync } from "node:zlib";
import { Header, Pax } from "tar";
import { type Db, statement } from "../../database/database.ts";
import { sbomName, sbomOf } from "./document.ts";

/** What the archive is called. */
export const SBOM_ARCHIVE = "sboms.tar.gz";

const WHEELS = `
SELECT a.project, b.filename AS wheel FROM answer a JOIN binary_wheel b USING (release_id) JOIN judged_wheel j USING (wheel_id)
WHERE a.edition = ? ORDER BY a.project, b.filename`;
const BLOCK = 512; // Bytes: what an entry's header has, and its content is filled up to.
const BATCH = 1 << 20; // Bytes that are compressed together.
const NO_TIME = new Date(0);

/** The archive, part by part: <project>/<wheel>.cdx.json of each wheel that was read. */
export function* sbomArchive(db: Db, edition: string): Generator<Uint8Array> {
  let batch: Buffer[] = [];
  let size = 0;
  for (const { project, wheel } of statement<[string], { project: string; wheel: string }>(db, WHEELS).all(edition)) {
    const text = sbomOf(db, edition, project, wheel, "cyclonedx")!;
    for (const part of entryOf(`${project}/${sbomName(wheel, "cyclonedx")}`, Buffer.from(text))) {
      batch.push(part);
      size += part.length;
    }
    if (size < BATCH) continue;
    yield gzipSync(Buffer.concat(batch)); // Gzip members one after the other are one gzip file (RFC 1952).
    [batch, size] = [[], 0];
  }
  yield gzipSync(Buffer.concat([...batch, Buffer.alloc(2 * BLOCK)]));
}

function entryOf(path: string, content: Buffer): Buffer[] {
  const fields = { path, size: content.length, mode: 0o644, mtime: NO_TIME, uid: 0, gid: 0 };
  const header = new Header({ ...fields, type: "File" });
  const isLong = header.encode(); // The name or a number is too long for the header's fields.
  const before = isLong ? [new Pax({ path, size: content.length }).encode()] : [];
  return [...before, header.block!, content, Buffer.alloc(-content.length & (BLOCK - 1))];
}
