// What is linked into files that are other projects'.
import type { PublishedTable } from "../table.ts";
import { PROJECT } from "./columns.ts";

/** linked. */
export const LINKED_TABLES: PublishedTable[] = [
  {
    name: "linked",
    title: "What is linked into other projects' files",
    meaning:
      "Upstream projects of which a text in the bytes of a native file proves that they are linked into it, by the projects whose wheels hold such files.",
    leavesOut:
      "files that were not read (`survey run --contents all` reads modules and programs too), and projects for which data/components/ has no evidence; packages of Rust and Go, which the view `linked_component` has. Of a component without a row nothing follows.",
    query: `SELECT k.component, nullif(k.version, ''), a.project, count(DISTINCT b.filename), count(DISTINCT k.file_id),
        group_concat(DISTINCT b.platform_family ORDER BY b.platform_family), min(k.text), min(p.path)
      FROM answer a JOIN binary_wheel b USING (release_id) JOIN member h USING (wheel_id) JOIN file_linked k USING (file_id) JOIN path p USING (path_id)
      WHERE a.edition = :edition AND k.component NOT LIKE 'pkg:%'
      GROUP BY k.component, k.version, a.project ORDER BY k.component, a.project, k.version`,
    columns: [
      { name: "component", type: "text", meaning: "the upstream project that is linked in", identifier: true },
      {
        name: "version",
        type: "text",
        meaning: "its release; empty: no text tells it, or several do",
        stranger: true,
      },
      PROJECT,
      { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels of the project that hold such a file" },
      { name: "files", type: "integer", unit: "files", meaning: "distinct files" },
      { name: "platforms", type: "text", meaning: "the wheels' platform families, joined with commas" },
      { name: "evidence", type: "text", meaning: "the first of the texts", stranger: true },
      { name: "path", type: "text", meaning: "the first of the paths", stranger: true },
    ],
  },
];
