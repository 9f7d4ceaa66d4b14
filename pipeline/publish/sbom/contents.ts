// What an SBOM of a wheel says, whatever its format: the wheel, and its parts, each with what identifies it and how sure that is.
import { PackageURL } from "packageurl-js";
import { type Db, statement } from "../../database/database.ts";
import { distributionPurl, packageIn, qualified } from "../../formats/sbom/distribution-purl.ts";
import { parseWheelFilename } from "../../formats/wheel/filename.ts";
import { architectureOf, type Distribution, loadDistributions } from "../../naming/distributions.ts";
import { isOnLoopback } from "../dataset/about.ts";

/** The wheel itself. `told` is when the index was asked (or the wheel uploaded), UTC; null: not known. */
export interface Subject {
  wheel: string;
  name: string;
  version: string | null;
  purl: string;
  sha256: string | null;
  url: string | null;
  licence: string | null;
  told: string | null;
}

/** What identifies a part: by which technique (CycloneDX 1.6, `evidence.identity.methods`), the value that it rests on, and how sure, 0 to 1. */
export interface Identity {
  field: "purl" | "name" | "version";
  technique: "filename" | "binary-analysis" | "hash-comparison" | "manifest-analysis";
  confidence: number;
  value: string;
}

/**
 * A part of a wheel: a bundled file, a distribution's package of which files are copies, or a component that the wheel's own documents
 * state. `paths` is where it is, `copyOf` the ids of packages, `properties` what has no field of its own in the formats.
 */
export interface Part {
  id: string;
  type: "library" | "application" | "framework";
  name: string;
  version: string | null;
  purl: string | null;
  cpe: string | null;
  sha256: string | null;
  supplier: string | null;
  licence: string | null;
  paths: string[];
  identity: Identity[];
  copyOf: string[];
  properties: [name: string, value: string][];
}

/** What an SBOM of a wheel says. */
export interface WheelContents {
  subject: Subject;
  parts: Part[];
}

/** How sure each kind of evidence is: an order for those who sort by it, not a measured probability. */
const CONFIDENCE = {
  sbom: 1,
  fingerprint: 0.95,
  "build-id": 0.95,
  debuglink: 0.95,
  bytes: 0.95,
  stated: 0.9,
  filename: 0.7,
  "sbom-name": 0.5,
} as const;

interface FileRow {
  path: string;
  kind: string;
  library: string | null;
  stem: string;
  fileName: string;
  fileVersion: string | null;
  group: string | null;
  sha256: string | null;
  repairTool: string | null;
  component: string | null;
  version: string | null;
  versionSource: string | null;
}

interface OriginRow {
  path: string;
  purl: string | null;
  evidence: keyof typeof CONFIDENCE | "base-image";
  distribution: string;
  release: string | null;
  releaseBy: string | null;
  learnedFrom: string;
}

interface LinkedRow {
  path: string;
  component: string;
  version: string | null;
  evidence: string;
}

interface StatedRow {
  document: string;
  documentId: number;
  nth: number;
  type: string | null;
  name: string;
  version: string | null;
  purl: string | null;
  licence: string | null;
  partOf: string | null;
  tool: string | null;
}

interface MatchRow {
  path: string;
  documentId: number;
  nth: number;
  how: string;
}

const SUBJECT = `
SELECT s.version, s.sha256, s.url, s.uploaded_at AS uploadedAt, r.license_expression AS licence, a.asked_on AS askedOn, b.wheel_id AS wheelId
FROM surveyed_wheel s JOIN answer a USING (edition, project) JOIN release r USING (release_id)
JOIN binary_wheel b ON b.release_id = a.release_id AND b.filename = s.wheel
WHERE s.edition = ? AND s.project = ? AND s.wheel = ?`;

const FILES = `
SELECT path, kind, library, stem, file_name AS fileName, file_version AS fileVersion, member_group AS "group", sha256, repair_tool AS repairTool, component,
  component_version AS version, version_source AS versionSource
FROM native_file WHERE edition = ? AND project = ? AND wheel = ? AND kind IN ('shared-library', 'static-library', 'executable') ORDER BY path`;

const ORIGINS = `
SELECT path, purl, evidence, distribution, release, release_by AS releaseBy, learned_from AS learnedFrom
FROM library_distribution WHERE edition = ? AND project = ? AND wheel = ? ORDER BY path`;

const LINKED = `
SELECT path, component, version, evidence FROM linked_component WHERE edition = ? AND project = ? AND wheel = ? ORDER BY component, version, path`;

const STATED = `
SELECT d.name AS document, e.document_id AS documentId, e.nth, e.type, e.name, e.version, e.purl, e.licence, p.name AS partOf, s.tool
FROM wheel_document d JOIN sbom s USING (document_id) JOIN sbom_entry e ON e.document_id = s.document_id AND e.outside IS NULL
LEFT JOIN sbom_entry p ON p.document_id = e.document_id AND p.nth = e.parent
WHERE d.wheel_id = ? ORDER BY d.name, e.nth`;

const MATCHES = `
SELECT p.path, x.document_id AS documentId, x.nth, x.how FROM (
  SELECT * FROM sbom_match UNION ALL SELECT *, 'path' FROM sbom_rival
) x JOIN path p USING (path_id) WHERE x.wheel_id = ? ORDER BY p.path`;

/** Reads what a wheel of an edition carries; null if it is not there. */
export function contentsOf(db: Db, edition: string, project: string, wheel: string): WheelContents | null {
  const found = statement<unknown[], Record<string, string | null> & { wheelId: number }>(db, SUBJECT).get(
    ...[edition, project, wheel],
  );
  if (!found) return null;
  const { version = null, sha256 = null, url = null, licence = null, askedOn, uploadedAt } = found;
  const purl = new PackageURL("pypi", null, project, version, { file_name: wheel }, null).toString();
  const told = askedOn ? `${askedOn}T00:00:00Z` : uploadedAt ? `${uploadedAt.slice(0, 19)}Z` : null;
  const isPublic = url !== null && /^https?:/.test(url) && !isOnLoopback(url);
  const subject = { wheel, name: project, version, purl, sha256, url: isPublic ? url : null, licence, told };
  const matches = statement<[number], MatchRow>(db, MATCHES).all(found.wheelId);
  const origins = statement<unknown[], OriginRow>(db, ORIGINS).all(edition, project, wheel);
  const packages = packagesOf(origins, wheel);
  const rows = statement<[number], StatedRow>(db, STATED).all(found.wheelId);
  const stated = statedParts(rows, matches, packages).filter(({ id }) => id.startsWith("stated:"));
  const files = statement<unknown[], FileRow>(db, FILES).all(edition, project, wheel);
  const components = componentsOf(db);
  const originOf = new Map(origins.map((origin) => [origin.path, origin]));
  const parts = files.map((file) => filePart(file, originOf.get(file.path), components, stated, packages));
  const linked = linkedParts(statement<unknown[], LinkedRow>(db, LINKED).all(edition, project, wheel), components);
  return { subject, parts: [...parts, ...packages.values(), ...stated, ...linked] };
}

/** What is linked into files, each component or package of a language once, with the texts that prove it. */
function linkedParts(rows: LinkedRow[], components: Map<string, Upstream>): Part[] {
  const parts = new Map<string, Part>();
  for (const { path, component, version, evidence } of rows) {
    const upstream = components.get(component);
    const { name, purl, cpe } = upstream ?? {
      name: component.slice(component.lastIndexOf("/") + 1),
      purl: component,
      cpe: null,
    };
    const id = `linked:${component}${version === null ? "" : `@${version}`}`;
    const part: Part = parts.get(id) ?? {
      ...{ id, type: "library", name: upstream ? component : name, version, purl: withVersion(purl, version) },
      ...{
        cpe: cpe !== null && version !== null ? cpeOf(cpe, version) : null,
        sha256: null,
        supplier: null,
        licence: null,
      },
      ...{ paths: [], identity: [], copyOf: [], properties: [] },
    };
    parts.set(id, part);
    part.paths.push(path);
    part.properties.push(...said({ linked_into: path }));
    if (!part.identity.some(({ value }) => value === evidence))
      part.identity.push({
        field: "purl",
        technique: "binary-analysis",
        confidence: CONFIDENCE.bytes,
        value: evidence,
      });
  }
  return [...parts.values()];
}

interface Upstream {
  name: string;
  purl: string;
  cpe: string | null;
}

function componentsOf(db: Db): Map<string, Upstream> {
  const sql = "SELECT component, name, purl, cpe FROM component";
  return new Map(
    statement<[], Upstream & { component: string }>(db, sql)
      .all()
      .map((each) => [each.component, each]),
  );
}

/** A bundled file: upstream's project and version where the rules know them, and what else tells what it is. */
function filePart(
  file: FileRow,
  origin: OriginRow | undefined,
  components: Map<string, Upstream>,
  stated: Part[],
  packages: Map<string, Part>,
): Part {
  const upstream = file.component === null ? undefined : components.get(file.component);
  const namedBy = stated.filter(({ paths }) => paths.includes(file.path));
  const { version } = file;
  const purl = upstream ? withVersion(upstream.purl, version) : null;
  const packagePart = origin?.purl ? packages.get(origin.purl) : undefined;
  const isFile = file.kind !== "executable";
  return {
    id: `file:${file.path}`,
    type: isFile ? "library" : "application",
    name: file.component ?? (isFile ? file.stem : file.fileName),
    version,
    purl,
    // A CPE with a version says "vulnerable" of what a distribution has patched: it is only given to what is no distribution's build.
    cpe: upstream?.cpe && version !== null && !origin ? cpeOf(upstream.cpe, version) : null,
    sha256: file.sha256,
    supplier: null,
    licence: null,
    paths: [file.path],
    identity: [
      { field: purl ? "purl" : "name", technique: "filename", confidence: CONFIDENCE.filename, value: file.fileName },
      ...bytesOf(file),
      ...namedBy.flatMap(({ identity }) => identity.map((by): Identity => ({ ...by, field: purl ? "purl" : "name" }))),
    ],
    copyOf: packagePart ? [packagePart.id] : [],
    properties: said({
      kind: file.kind,
      library: file.library,
      file_version: file.fileVersion,
      version_source: file.versionSource,
      group: file.group,
      repair_tool: file.repairTool,
      origin_evidence: origin?.evidence,
      origin_learned_from: origin?.learnedFrom,
      inferred_distribution: origin && !origin.purl ? [origin.distribution, origin.release].join(" ") : null,
    }),
  };
}

const BY_BYTES = "bytes: "; // How native_file.version_source begins where a text in the bytes tells the version.

function bytesOf({ versionSource }: FileRow): Identity[] {
  if (!versionSource?.startsWith(BY_BYTES)) return [];
  return [
    {
      field: "version",
      technique: "binary-analysis",
      confidence: CONFIDENCE.bytes,
      value: versionSource.slice(BY_BYTES.length),
    },
  ];
}

/** The distributions' packages of which files are copies, by their URLs as the database has them; `distro` and `arch` are added where they are known or inferred. */
function packagesOf(origins: OriginRow[], wheel: string): Map<string, Part> {
  const platforms = origins.length > 0 ? parseWheelFilename(wheel).platforms : [];
  const known = new Map(distributions().map((each) => [each.distribution, each]));
  const parts = new Map<string, Part>();
  for (const { purl, path, evidence, distribution, release, releaseBy, learnedFrom } of origins) {
    if (purl === null || evidence === "base-image") continue;
    const { type, name, version } = packageIn(purl);
    const architecture = architectureOf(platforms, type);
    const full = qualified(purl, {
      ...(architecture === null ? {} : { arch: architecture }),
      ...(release === null ? {} : { distro: `${distribution}-${release}` }),
    });
    const part = parts.get(purl) ?? {
      ...{ id: `package:${purl}`, type: "library", name, version, purl: full, cpe: null, sha256: null, licence: null },
      supplier: known.get(distribution)?.name ?? distribution,
      ...{
        paths: [],
        identity: [],
        copyOf: [],
        properties: packageProperties(purl, releaseBy, known.get(distribution)),
      },
    };
    parts.set(purl, part as Part);
    part.paths.push(path);
    if (!part.identity.some(({ value }) => value === learnedFrom))
      part.identity.push(identityBy(evidence, learnedFrom));
  }
  return parts;
}

let read: Distribution[] | undefined;
const distributions = () => (read ??= loadDistributions());

const TECHNIQUES: Partial<Record<keyof typeof CONFIDENCE, Identity["technique"]>> = {
  fingerprint: "hash-comparison",
  "build-id": "binary-analysis",
  debuglink: "binary-analysis",
};

function identityBy(evidence: keyof typeof CONFIDENCE, value: string): Identity {
  const technique = TECHNIQUES[evidence] ?? "manifest-analysis";
  return { field: "purl", technique, confidence: CONFIDENCE[evidence], value };
}

function packageProperties(
  purl: string,
  releaseBy: string | null,
  known: Distribution | undefined,
): Part["properties"] {
  const { type, distribution, name, version } = packageIn(purl);
  const asked = known?.osv.purl;
  return said({
    distro_by: releaseBy === "base-image" ? "inferred from the platform tag and the day of upload" : releaseBy,
    osv_purl:
      asked && asked !== `pkg:${type}/${distribution}` ? `${asked}/${encodeURIComponent(name)}@${version}` : null,
    osv_note: known?.osv.note,
  });
}

/** The components that the wheel's own documents state, each once; one that is a known package is that package's part, with what is stated of it. */
function statedParts(rows: StatedRow[], matches: MatchRow[], packages: Map<string, Part>): Part[] {
  const parts = new Map<string, Part>();
  for (const row of rows) {
    const canonical = row.purl === null ? null : distributionPurl(row.purl);
    const paths = matches
      .filter(({ documentId, nth }) => documentId === row.documentId && nth === row.nth)
      .map(({ path }) => path);
    const source = `${row.document}#${row.nth}`;
    const part =
      (canonical === null ? undefined : packages.get(canonical)) ??
      parts.get(keyOf(row)) ??
      ({
        ...{ id: `stated:${source}`, type: typeOf(row.type), name: row.name, version: row.version },
        ...{ purl: canonical ?? validPurl(row.purl), cpe: null, sha256: null, supplier: null, licence: row.licence },
        ...{ paths: [], identity: [], copyOf: [], properties: [] },
      } satisfies Part);
    parts.set(part.id.startsWith("package:") ? part.id : keyOf(row), part);
    part.licence ??= row.licence;
    part.paths.push(...paths.filter((path) => !part.paths.includes(path)));
    const by = { field: part.purl ? "purl" : "name", technique: "manifest-analysis", value: row.document } as const;
    if (!part.identity.some(({ value }) => value === row.document) && part.id.startsWith("stated:"))
      part.identity.push({ ...by, confidence: CONFIDENCE.stated });
    part.properties.push(
      ...said({ stated_by: source, stated_purl: otherThan(row.purl, part.purl), tool: row.tool, part_of: row.partOf }),
    );
  }
  for (const part of parts.values()) part.properties = distinct(part.properties);
  return [...parts.values()];
}

function keyOf({ purl, name, version }: StatedRow): string {
  return purl ?? `${name}\0${version ?? ""}`;
}

function typeOf(type: string | null): Part["type"] {
  const known = type?.toLowerCase();
  return known === "application" || known === "framework" ? known : "library";
}

/** A package URL in canonical form; null of what is none. */
function validPurl(text: string | null): string | null {
  try {
    return text === null ? null : PackageURL.fromString(text).toString();
  } catch {
    return null;
  }
}

/** What a document says where it is written otherwise than here. */
function otherThan(stated: string | null, ours: string | null): string | null {
  return stated === ours ? null : stated;
}

const BRANCH = /\.x$/; // The version of a maintenance branch is no release's.

function withVersion(purl: string, version: string | null): string {
  const { type, namespace, name } = PackageURL.fromString(purl);
  const release = version === null || BRANCH.test(version) ? null : version;
  return new PackageURL(type!, namespace, name!, release, null, null).toString();
}

/** The name of a release in the NVD (CPE 2.3), of vendor:product; null if its version needs escaping or is a branch. */
function cpeOf(product: string, version: string): string | null {
  if (!/^[A-Za-z0-9._]+$/.test(version) || BRANCH.test(version)) return null;
  return `cpe:2.3:a:${product}:${version.toLowerCase()}:*:*:*:*:*:*:*`;
}

/** Properties of those that are said, under this program's namespace. */
function said(values: Record<string, string | null | undefined>): Part["properties"] {
  return Object.entries(values).flatMap(([name, value]) => (value ? [[`wheel-survey:${name}`, value]] : []));
}

function distinct(properties: Part["properties"]): Part["properties"] {
  return [...new Map(properties.map((property) => [property.join("\0"), property])).values()];
}
