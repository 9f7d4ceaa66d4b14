// Whose builds bundled libraries are: by what evidence, of which distributions and releases, past which ends, and where evidence disagrees.
import type { Column, PublishedTable } from "../table.ts";
import { LIBRARY, PROJECT } from "./columns.ts";

const DISTRIBUTION: Column = {
  name: "distribution",
  type: "text",
  meaning: "the namespace of its packages' URLs: centos, almalinux, debian, alpine, …",
  identifier: true,
};
const RELEASE: Column = {
  name: "release",
  type: "text",
  meaning:
    "of the distribution, as the package's version tells it, else inferred as inferred_release says; empty: not known",
};
const END_OF_LIFE: Column = {
  name: "end_of_life",
  type: "text",
  meaning: "the last day of the release's security updates for everybody (data/distributions.json); empty: not known",
};
const IS_PAST = "end_of_life < :edition || '-01'";
const INFERRED = "what the platform tag lets one infer and nothing proves (base-image), which is counted apart";

/** distributions, past-end, origins, origin-conflicts. */
export const ORIGIN_TABLES: PublishedTable[] = [
  {
    name: "distributions",
    title: "Libraries by distribution and release",
    meaning:
      "Of which Linux distributions' packages bundled shared libraries are copies, by release, and when the release's support ended.",
    leavesOut: `libraries that were built for the wheel, of which no evidence tells, and in the columns without \`inferred\` ${INFERRED}.`,
    query: `WITH traced AS MATERIALIZED (SELECT * FROM library_distribution WHERE edition = :edition)
      SELECT distribution, release, end_of_life, CASE WHEN ${IS_PAST} THEN 'yes' WHEN end_of_life IS NOT NULL THEN 'no' END, ecosystem,
        count(DISTINCT iif(purl IS NOT NULL, project, NULL)) AS packages, count(DISTINCT iif(purl IS NOT NULL, project || '/' || wheel, NULL)),
        count(purl) AS files, count(DISTINCT purl), sum(evidence = 'sbom'), sum(evidence = 'fingerprint'), sum(evidence = 'build-id'), sum(evidence = 'debuglink'), sum(evidence = 'sbom-name'),
        sum(purl IS NOT NULL AND release_by IS 'base-image'),
        count(DISTINCT iif(purl IS NULL, project, NULL)), sum(purl IS NULL)
      FROM traced GROUP BY distribution, release ORDER BY packages DESC, files DESC, distribution, release`,
    columns: [
      DISTRIBUTION,
      RELEASE,
      END_OF_LIFE,
      {
        name: "past_end",
        type: "text",
        meaning: "yes: it ended before the edition's month began; empty: nobody knows",
      },
      {
        name: "osv_ecosystem",
        type: "text",
        meaning: "the OSV ecosystem whose advisories speak of its packages; empty: none does",
        identifier: true,
      },
      { name: "packages", type: "integer", unit: "projects", meaning: "distinct projects that carry a library of it" },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels that do" },
      { name: "files", type: "integer", unit: "files in wheels", meaning: "such libraries in them" },
      {
        name: "sources",
        type: "integer",
        unit: "packages of the distribution",
        meaning: "distinct package URLs that these are copies of",
      },
      {
        name: "by_sbom",
        type: "integer",
        unit: "files in wheels",
        meaning: "of the files, joined by the path in the wheel's own SBOM",
      },
      { name: "by_fingerprint", type: "integer", unit: "files in wheels", meaning: "else by name and digits" },
      {
        name: "by_build_id",
        type: "integer",
        unit: "files in wheels",
        meaning: "else by the build-id in its bytes, where they were read",
      },
      {
        name: "by_debuglink",
        type: "integer",
        unit: "files in wheels",
        meaning: "else by the release in its debug link, likewise",
      },
      {
        name: "by_sbom_name",
        type: "integer",
        unit: "files in wheels",
        meaning: "else by the name of one package in the wheel's own SBOM",
      },
      {
        name: "inferred_release",
        type: "integer",
        unit: "files in wheels",
        meaning: "of the files, those whose release is inferred from the wheel's platform tag and date",
      },
      {
        name: "inferred_packages",
        type: "integer",
        unit: "projects",
        meaning:
          "projects with further libraries of which only the wheel's platform tag says that they may be of it: inferred",
      },
      { name: "inferred_files", type: "integer", unit: "files in wheels", meaning: "such libraries: inferred" },
    ],
  },
  {
    name: "past-end",
    title: "Libraries of distributions past their end",
    meaning:
      "Projects with wheels that carry libraries of a distribution's release whose support had ended before the edition's month began.",
    leavesOut:
      "releases whose end is not known, and libraries of which a platform tag alone suggests the distribution: `distributions` counts these apart.",
    query: `SELECT project, distribution, release, end_of_life, iif(release_by = 'version', 'no', 'yes') AS inferred,
        count(DISTINCT wheel), count(*), group_concat(DISTINCT library ORDER BY library), group_concat(DISTINCT purl ORDER BY purl)
      FROM (SELECT * FROM library_distribution WHERE edition = :edition AND purl IS NOT NULL) WHERE ${IS_PAST}
      GROUP BY project, distribution, release, inferred ORDER BY inferred, project, distribution, release`,
    columns: [
      PROJECT,
      DISTRIBUTION,
      { ...RELEASE, meaning: "of the distribution" },
      END_OF_LIFE,
      {
        name: "inferred",
        type: "text",
        meaning:
          "no: the package's version tells the release; yes: the wheel's platform tag and day of upload suggest it",
      },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels of the project that carry them" },
      { name: "files", type: "integer", unit: "files in wheels", meaning: "such libraries in them" },
      {
        name: "libraries",
        type: "text",
        meaning: "their names without hashes and versions, joined with commas",
        stranger: true,
      },
      {
        name: "purls",
        type: "text",
        meaning: "the packages, joined with commas",
        stranger: true,
      },
    ],
  },
  {
    name: "origins",
    title: "How origins are known",
    meaning: "The shared libraries of Linux wheels by the strongest evidence for whose build each is.",
    leavesOut: "wheels for other platforms: nothing there is a copy of a distribution's package.",
    query: `WITH traced AS (
        SELECT o.project, o.wheel, o.purl, coalesce(o.evidence, 'none') AS evidence, b.platform_family AS platform
        FROM library_origin o JOIN binary_wheel b ON b.filename = o.wheel
          AND b.release_id = (SELECT a.release_id FROM answer a WHERE a.edition = o.edition AND a.project = o.project)
        WHERE o.edition = :edition AND b.platform_family IN ('manylinux', 'musllinux', 'other')
      )
      SELECT platform, evidence, count(*), round(100.0 * count(*) / sum(count(*)) OVER (PARTITION BY platform), 1), count(DISTINCT project || '/' || wheel),
        count(DISTINCT project), count(DISTINCT purl)
      FROM traced GROUP BY platform, evidence
      ORDER BY platform, evidence = 'none', evidence = 'base-image', evidence = 'sbom-name', evidence = 'debuglink', evidence = 'build-id', evidence = 'fingerprint'`,
    columns: [
      { name: "platform", type: "text", meaning: "the wheel's platform family; other: linux_… tags and such" },
      {
        name: "evidence",
        type: "text",
        meaning:
          "sbom: joined by its path at build time in the wheel's own SBOM; fingerprint: by name and digits with a known file; build-id: by that of a file of a known package; debuglink: by the release in its debug link; sbom-name: the wheel's SBOM names one package so; " +
          "base-image: inferred from the platform tag, of the distribution alone; none: nothing tells, or it was built for the wheel",
      },
      { name: "files", type: "integer", unit: "files in wheels", meaning: "shared libraries" },
      { name: "percent", type: "number", unit: "percent", meaning: "their share of those in wheels of the platform" },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels that hold them" },
      { name: "packages", type: "integer", unit: "projects", meaning: "distinct projects" },
      { name: "sources", type: "integer", unit: "packages of the distribution", meaning: "distinct package URLs" },
    ],
  },
  {
    name: "origin-conflicts",
    title: "Where evidence for an origin disagrees",
    meaning:
      "Shared libraries of which SBOMs or fingerprints name more than one distribution package. Fingerprints of two packages tell nothing; what a wheel's own SBOM says twice is not believed.",
    leavesOut: "conflicts between versions, which `version-conflicts` has.",
    query: `SELECT library, group_concat(DISTINCT purl ORDER BY purl) AS purls, group_concat(DISTINCT evidence ORDER BY evidence),
        count(DISTINCT project), count(DISTINCT project || '/' || wheel || '/' || path), min(wheel), min(path)
      FROM (
        SELECT *, min(purl) OVER file <> max(purl) OVER file AS disagree FROM origin_evidence WHERE edition = :edition AND purl IS NOT NULL
        WINDOW file AS (PARTITION BY project, wheel, path)
      ) WHERE disagree GROUP BY library ORDER BY library, purls`,
    columns: [
      LIBRARY,
      { name: "purls", type: "text", meaning: "all packages that are named, joined with commas", stranger: true },
      { name: "evidence", type: "text", meaning: "what names them, joined with commas" },
      { name: "packages", type: "integer", unit: "projects", meaning: "distinct projects that carry such a file" },
      { name: "files", type: "integer", unit: "files in wheels", meaning: "such files" },
      { name: "wheel", type: "text", meaning: "the first of the wheels", stranger: true },
      { name: "path", type: "text", meaning: "the first of the paths", stranger: true },
    ],
  },
];
