// Which files of an older release stand for a project a month earlier, where only some files of each release are at hand.
import { parseWheelFilename, platformFamily } from "../pipeline/formats/wheel/filename.ts";
import type { SourceFile } from "../test/loopback/source.ts";

/** An older file for each platform of the newer ones, of the same Python if there is one; none if a platform family would be missing, which would look like a change. */
export function comparableFiles(older: SourceFile[], newer: SourceFile[]): SourceFile[] {
  const files = new Map<string, SourceFile>();
  for (const file of newer) {
    const platform = platformOf(file);
    const same = older.filter((each) => platformOf(each) === platform);
    const chosen = same.find((each) => pythonOf(each) === pythonOf(file)) ?? same[0];
    if (chosen) files.set(platform, chosen);
  }
  const families = new Set([...files.values()].map(familyOf));
  return newer.every((file) => families.has(familyOf(file))) ? [...files.values()] : [];
}

function familyOf({ filename }: SourceFile): string {
  return platformFamily(parseWheelFilename(filename).platforms);
}

// The family and the machine: "manylinux_2_28_x86_64" and "manylinux2014_x86_64" are one platform.
function platformOf(file: SourceFile): string {
  const [tag = ""] = parseWheelFilename(file.filename).platforms;
  return `${familyOf(file)} ${tag.replace(/^[a-z]+\d*(?:_\d+_\d+)?/, "")}`;
}

function pythonOf({ filename }: SourceFile): string {
  return parseWheelFilename(filename).pythons.join(".");
}
