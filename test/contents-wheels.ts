// Wheels of libraries, for tests of what their bytes say.
import { memoryFile } from "./loopback/source.ts";
import { buildZip, type EntryToWrite } from "./zip-builder.ts";

/** A wheel of this file name with these members, deflated, its WHEEL and its RECORD. */
export function wheelOf(filename: string, members: Record<string, Buffer | Partial<EntryToWrite>>) {
  const [name, version] = filename.split("-");
  const files = Object.entries(members).map(([path, member]) =>
    Buffer.isBuffer(member)
      ? { name: path, data: member, method: 8 }
      : { name: path, data: Buffer.alloc(0), ...member },
  );
  const record = Object.keys(members).map((path) => `${path},,\n`);
  const info = `${name}-${version}.dist-info`;
  return memoryFile(
    filename,
    buildZip([
      ...files,
      { name: `${info}/WHEEL`, data: Buffer.from("Wheel-Version: 1.0\n") },
      { name: `${info}/RECORD`, data: Buffer.from(`${record.join("")}${info}/RECORD,,\n`) },
    ] as EntryToWrite[]),
  );
}
