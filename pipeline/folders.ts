// Folders made from the top down: `recursive` of Node's own mkdir never comes to an end for a place below /proc.
import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Makes a folder and those above it, where they are missing; gives those made, top down. The file system's error if one cannot be. */
export function makeFolder(path: string): string[] {
  if (isFolder(path)) return [];
  const above = dirname(path) === path ? [] : makeFolder(dirname(path));
  try {
    mkdirSync(path);
    return [...above, path];
  } catch (error) {
    if (isFolder(path)) return above; // Another process has just made it.
    for (const made of above.reverse()) rmdirSync(made);
    throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
