// The surveyed projects and what their wheels hold.
import type { PublishedTable } from "../table.ts";
import { PROJECT } from "./columns.ts";

/** projects. */
export const PROJECT_TABLES: PublishedTable[] = [
  {
    name: "projects",
    title: "Surveyed projects",
    meaning: "The projects whose latest release has a binary wheel, down the download ranking.",
    leavesOut: "projects without one, which the edition's page counts (table `candidate` of the database names them).",
    query: `SELECT rank, project, downloads, version, wheels, wheels_read, wheel_bytes, native_files
      FROM surveyed_project WHERE edition = :edition ORDER BY rank`,
    columns: [
      { name: "rank", type: "integer", meaning: "in the download ranking" },
      PROJECT,
      { name: "downloads", type: "integer", unit: "downloads", meaning: "in the month, as the ranking says" },
      { name: "version", type: "text", meaning: "of its latest release", stranger: true },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "binary wheels of that release" },
      { name: "wheels_read", type: "integer", unit: "wheels", meaning: "of these, read" },
      { name: "wheel_bytes", type: "integer", unit: "bytes", meaning: "the binary wheels' own size" },
      { name: "native_files", type: "integer", unit: "files", meaning: "native files in all of them" },
    ],
  },
];
