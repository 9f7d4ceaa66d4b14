// What programs read of a dataset: a Data Package (v2), metadata for Datasette, schema.org's Dataset as JSON-LD.
import { dictionary } from "../../database/dictionary.ts";
import type { Column } from "../table.ts";
import { type About, AUTHORS, DATABASE, IMPORTED_SOURCE, type Source } from "./about.ts";
import type { DatasetFile, DatasetTable } from "./files.ts";
import { attribution, type Licence, licencesOf, licencesOfTable, OWN, spdxOf } from "./licences.ts";

const FIELD_TYPES = { text: "string", integer: "integer", number: "number" } as const;
const CSV = "text/csv";
const PARQUET = "application/vnd.apache.parquet";
const GZIP = "application/gzip";
const SQLITE = "application/vnd.sqlite3";

/** datapackage.json: https://datapackage.org/standard/data-package/; `rows` is the SHA-256 of the database's rows, `sboms` the archive of SBOMs, if there is one. */
export function dataPackage(about: About, tables: DatasetTable[], rows: string, sboms: DatasetFile | null): string {
  return json({
    $schema: "https://datapackage.org/profiles/2.0/datapackage.json",
    name: `wheel-survey-${about.edition}`,
    title: about.title,
    description: about.description,
    version: about.edition,
    licenses: licencesOf(about).map(describeLicence),
    contributors: [{ title: AUTHORS, roles: ["creator"] }],
    sources: [...about.sources, ...borrowed(about)],
    database: { path: DATABASE, rows: `sha256:${rows}`, licenses: licencesOf(about).map(describeLicence) },
    ...(sboms && { sboms: { ...describeFile(sboms, GZIP), licenses: licencesOf(about).map(describeLicence) } }),
    resources: tables.map(({ table, csv, parquet }) => ({
      name: table.name,
      type: "table",
      title: table.title,
      description: `${table.meaning} Left out: ${table.leavesOut}`,
      ...describeFile(csv, CSV),
      format: "csv",
      encoding: "utf-8",
      licenses: licencesOfTable(about, table.name).map(describeLicence),
      schema: { fields: table.columns.map(fieldOf) },
      parquet: describeFile(parquet, PARQUET),
    })),
  });
}

function describeLicence({ id, title, url }: Licence): object {
  return { name: id, title, path: url };
}

// What the database holds beside the edition's own data.
function borrowed({ imported, isImported }: About): Source[] {
  return imported === null || isImported
    ? []
    : [{ ...IMPORTED_SOURCE, title: `edition ${imported}: ${IMPORTED_SOURCE.title}` }];
}

// A property of our own tells of the Parquet files: frictionless reads a resource of that format only where it has more than itself.
function describeFile({ name, bytes, sha256 }: DatasetFile, mediatype: string): object {
  return { path: name, mediatype, bytes, hash: `sha256:${sha256}` };
}

function fieldOf({ name, type, unit, meaning }: Column): object {
  return { name, type: FIELD_TYPES[type], description: meaning, ...(unit && { unit }) };
}

/** metadata.json for Datasette: every table, view and column of the database explained. */
export function datasetteMetadata(about: About): string {
  const { title, description, sources } = about;
  const source = sources.find(({ path }) => path);
  const tables = dictionary().map(({ name, about, columns }) => [
    name,
    {
      description: `A row for each ${about}.`,
      columns: Object.fromEntries(columns.map((column) => [column.name, column.meaning])),
    },
  ]);
  return json({
    title,
    description: [description, ...attribution(about, [])].join(" ").replaceAll("\n", " "),
    license: spdxOf(about),
    license_url: OWN.url,
    ...(source && { source: source.title, source_url: source.path }),
    databases: { [DATABASE.replace(/\..*/, "")]: { tables: Object.fromEntries(tables) } },
  });
}

/** dataset.jsonld: https://schema.org/Dataset. */
export function jsonLd(about: About, tables: DatasetTable[], sboms: DatasetFile | null): string {
  const { edition, title, description, day, sources } = about;
  const [licence, ...others] = licencesOf(about).map(({ url }) => url);
  return json({
    "@context": "https://schema.org/",
    "@type": "Dataset",
    name: title,
    description,
    version: edition,
    temporalCoverage: edition,
    ...(day && { datePublished: day }),
    license: others.length === 0 ? licence : [licence, ...others],
    ...(others.length > 0 && { creditText: attribution(about, []).join(" ").replaceAll("\n", " ") }),
    isAccessibleForFree: true,
    creator: { "@type": "Organization", name: AUTHORS },
    isBasedOn: [...sources, ...borrowed(about)].map(({ title, path }) => path ?? title),
    variableMeasured: tables.map(({ table }) => ({
      "@type": "PropertyValue",
      name: table.name,
      description: table.meaning,
    })),
    distribution: [
      { "@type": "DataDownload", name: DATABASE, contentUrl: DATABASE, encodingFormat: SQLITE },
      ...(sboms ? [downloadOf(sboms, GZIP)] : []),
      ...tables.flatMap(({ csv, parquet }) => [downloadOf(csv, CSV), downloadOf(parquet, PARQUET)]),
    ],
  });
}

function downloadOf({ name, bytes, sha256 }: DatasetFile, encodingFormat: string): object {
  return { "@type": "DataDownload", name, contentUrl: name, encodingFormat, contentSize: `${bytes} B`, sha256 };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
