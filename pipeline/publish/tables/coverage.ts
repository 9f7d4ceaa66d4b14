// What an edition covers and what it leaves out: on its front page, beside the numbers.
import { OUTCOMES } from "../../editions/release.ts";
import { ITEM_ERRORS } from "../../errors.ts";
import type { PublishedTable } from "../table.ts";
import { valuesOf } from "./sql.ts";

/** Words of ours and their meanings, as `VALUES` takes them. */
function rowsOf(words: Record<string, string>): string {
  return valuesOf(Object.entries(words).map(([word, meaning], at) => [at, word, meaning]));
}

/** platforms, outcomes, kinds, contents, failures, anomalies. */
export const COVERAGE_TABLES: PublishedTable[] = [
  {
    name: "platforms",
    title: "Platforms",
    meaning:
      "How many of the surveyed projects have wheels for each platform family: what the shares by platform are of.",
    leavesOut:
      "families without a wheel. A wheel for several platforms counts for the first of its tags that belongs to one.",
    query: `SELECT platform_family, projects, round(100.0 * projects / (SELECT count(*) FROM candidate c WHERE c.edition = :edition AND c.outcome = 'taken'), 1), wheels
      FROM surveyed_platform WHERE edition = :edition ORDER BY projects DESC, platform_family`,
    columns: [
      { name: "platform_family", type: "text", meaning: "manylinux, musllinux, macOS, Windows, …" },
      { name: "projects", type: "integer", unit: "projects", meaning: "projects with a wheel for it" },
      { name: "percent", type: "number", unit: "percent", meaning: "these, of all surveyed projects" },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels for it" },
    ],
  },
  {
    name: "outcomes",
    title: "What was covered",
    meaning: "How many projects of the ranking were taken or passed by, and why.",
    leavesOut: "projects of the ranking that were not asked for, because enough had been found before them.",
    query: `WITH words (nth, outcome, meaning) AS (VALUES ${rowsOf(OUTCOMES)})
      SELECT outcome, (SELECT count(*) FROM candidate c WHERE c.edition = :edition AND c.outcome = words.outcome) AS projects, meaning
      FROM words ORDER BY nth`,
    columns: [
      { name: "outcome", type: "text", meaning: "taken, or why not" },
      { name: "projects", type: "integer", unit: "projects", meaning: "so many" },
      { name: "meaning", type: "text", meaning: "in a sentence" },
    ],
  },
  {
    name: "kinds",
    title: "What the wheels hold",
    meaning: "Native files by kind. Only shared libraries outside the recognized groups are in the ranked tables.",
    leavesOut: "files that are not native code by their names.",
    query: `SELECT kind, member_group AS "group", count(DISTINCT project) AS packages, count(*) AS files
      FROM native_file WHERE edition = :edition GROUP BY kind, member_group ORDER BY kind, member_group`,
    columns: [
      { name: "kind", type: "text", meaning: "what a file is by its name" },
      { name: "group", type: "text", meaning: "the recognized group that keeps it out of the ranking" },
      { name: "packages", type: "integer", unit: "projects", meaning: "distinct projects that carry one" },
      { name: "files", type: "integer", unit: "files in wheels", meaning: "such files in all wheels" },
    ],
  },
  {
    name: "contents",
    title: "What was read of the libraries' bytes",
    meaning:
      "Distinct shared libraries in wheels of each platform family: how many were read, how far, and of how many they tell what. Nothing is read unless a survey is asked to.",
    leavesOut: "other native files, and what is not read yet: nothing follows from a cell that is 0.",
    query: `WITH libraries AS (
        SELECT DISTINCT b.platform_family AS platform, h.file_id, h.next_offset IS NOT NULL AS readable
        FROM answer a JOIN binary_wheel b USING (release_id) JOIN member_name m USING (wheel_id) JOIN name n USING (name_id)
        JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id
        WHERE a.edition = :edition AND n.kind = 'shared-library'
      )
      SELECT platform, count(*), count(c.file_id), coalesce(sum(c.read_bytes = f.size), 0), count(c.identity), count(c.soname), count(c.needed), count(t.version), count(c.problem)
      FROM libraries l JOIN file f USING (file_id) LEFT JOIN file_contents c USING (file_id) LEFT JOIN file_version t USING (file_id)
      GROUP BY platform ORDER BY platform`,
    columns: [
      { name: "platform", type: "text", meaning: "the wheels' platform family" },
      { name: "libraries", type: "integer", unit: "files", meaning: "distinct shared libraries" },
      { name: "read", type: "integer", unit: "files", meaning: "of these, read" },
      { name: "whole", type: "integer", unit: "files", meaning: "of these, all their bytes" },
      {
        name: "identity",
        type: "integer",
        unit: "files",
        meaning: "with a build-id, a UUID, or a time stamp and size",
      },
      { name: "soname", type: "integer", unit: "files", meaning: "with a SONAME, install name or export name" },
      { name: "needed", type: "integer", unit: "files", meaning: "of which the libraries that they load are known" },
      { name: "release", type: "integer", unit: "files", meaning: "with a release by a text in their bytes" },
      { name: "problems", type: "integer", unit: "files", meaning: "that could not be read, or contradict themselves" },
    ],
  },
  {
    name: "failures",
    title: "What failed",
    meaning:
      "Items that are not in the numbers. What the network said differs from run to run, so of that only the kind is told.",
    leavesOut: "failures of other editions, and of items that succeeded later.",
    query: `WITH words (nth, kind, meaning) AS (VALUES ${rowsOf(ITEM_ERRORS)})
      SELECT stage, item, kind, iif(kind IN ('network', 'status', 'range'), meaning, message) AS why
      FROM failure JOIN words USING (kind) WHERE edition = :edition ORDER BY stage, item`,
    columns: [
      { name: "stage", type: "text", meaning: "where it failed" },
      { name: "item", type: "text", meaning: "a project, or a wheel's file name", stranger: true },
      { name: "kind", type: "text", meaning: "a word of README.md's list" },
      { name: "why", type: "text", meaning: "what was found, and expected", stranger: true },
    ],
  },
  {
    name: "anomalies",
    title: "What is odd",
    meaning: "These wheels are in the numbers; docs/anomalies.md says what each word means.",
    leavesOut: "wheels that failed, and what is odd about names, which `unrecognized` shows.",
    query: `WITH odd AS (
        SELECT wheel_id, tag FROM anomaly
        UNION SELECT d.wheel_id, 'sbom-unread' FROM wheel_document d JOIN sbom s USING (document_id) WHERE s.problem IS NOT NULL
      )
      SELECT n.tag AS anomaly, count(*) AS wheels, min(b.filename) AS "for example"
      FROM answer a JOIN binary_wheel b USING (release_id) JOIN odd n ON n.wheel_id = b.wheel_id
      WHERE a.edition = :edition GROUP BY n.tag ORDER BY n.tag`,
    columns: [
      { name: "anomaly", type: "text", meaning: "a word of docs/anomalies.md" },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "so many" },
      { name: "for example", type: "text", meaning: "the first of them", stranger: true },
    ],
  },
];
