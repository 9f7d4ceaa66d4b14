// Under which licences a dataset stands: its own, and that of the imported data, in whatever holds them.
import { readFileSync } from "node:fs";
import { SURVEY_2023 } from "../../editions/baseline-2023/survey.ts";
import { type About, DATABASE } from "./about.ts";

/** A licence by its SPDX identifier. */
export interface Licence {
  id: string;
  title: string;
  url: string;
}

/** The licence of what was surveyed and counted here. */
export const OWN: Licence = {
  id: "CC0-1.0",
  title: "CC0 1.0 Universal",
  url: "https://creativecommons.org/publicdomain/zero/1.0/",
};

const TEXT = new URL("Apache-2.0.txt", import.meta.url); // That licence asks for a copy of it beside the data.

/** The tables of an imported edition that hold rows or figures of its data: these alone, or what was made of them too. */
const IMPORTED_ALONE = new Set(["files"]);
const IMPORTED_TOO = new Set(["native_file", "surveyed_project", "surveyed_wheel", "baseline", "baseline_2023"]);

/** The licences of everything in a dataset; of several, each holds for a part of it. */
export function licencesOf({ imported }: About): Licence[] {
  return imported === null ? [OWN] : [OWN, SURVEY_2023.licence];
}

/** The licences of a table of a dataset. */
export function licencesOfTable({ isImported }: About, table: string): Licence[] {
  if (isImported && IMPORTED_ALONE.has(table)) return [SURVEY_2023.licence];
  return isImported && IMPORTED_TOO.has(table) ? [OWN, SURVEY_2023.licence] : [OWN];
}

/** The licences of everything in a dataset as an SPDX expression. */
export function spdxOf(about: About): string {
  return licencesOf(about)
    .map(({ id }) => id)
    .join(" AND ");
}

/** Whose the imported data in a dataset are, where in it they stand, and under which licence. */
export function attribution({ imported, isImported }: About, tables: string[]): string[] {
  if (imported === null) return [];
  const { title, givenNames, familyNames, year, url, licence, changes } = SURVEY_2023;
  const holders = isImported ? tables.filter((name) => IMPORTED_ALONE.has(name) || IMPORTED_TOO.has(name)) : [];
  const files = holders.length > 0 ? ` and in the tables ${holders.join(", ")}` : "";
  return [
    `The data of edition ${imported}, in ${DATABASE}${files},
are those of "${title}" by ${givenNames} ${familyNames}, ${year}, ${url},
under ${licence.id}, ${licence.url}, changed in this: ${changes}.
What was made or counted of them here is ${OWN.id}.`,
  ];
}

/** LICENSE: the licences by their identifiers and where they stand, and the text of the one that asks for it. */
export function licenceText(about: About, tables: string[]): string {
  const paragraphs = [
    `SPDX-License-Identifier: ${spdxOf(about)}`,
    `${OWN.title}: ${OWN.url}`,
    ...attribution(about, tables),
    ...(about.imported === null ? [] : [readFileSync(TEXT, "utf8").replace(/^\n/, "").trimEnd()]),
  ];
  return `${paragraphs.join("\n\n")}\n`;
}
