// Columns that several tables have.
import type { Column } from "../table.ts";

/** The project whose wheels are told of. */
export const PROJECT: Column = { name: "project", type: "text", meaning: "its name, normalized", stranger: true };

/** What a shared library is called on one platform. */
export const LIBRARY: Column = {
  name: "library",
  type: "text",
  meaning: "name without inserted hashes and version",
  stranger: true,
};
