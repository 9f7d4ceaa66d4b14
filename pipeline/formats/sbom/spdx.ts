// SPDX as JSON: version 2 (https://spdx.github.io/spdx-spec/v2.3/) and version 3 as JSON-LD (https://spdx.github.io/spdx-spec/v3.0.1/).
import {
  isObject,
  isOwnPurl,
  nameInPurl,
  type Outside,
  objectsOf,
  type Sbom,
  type SbomEntry,
  textOf,
} from "./entry.ts";

/** What two elements of a document have to do with each other, in the words of either version. */
interface Relationship {
  from: string;
  kind: string;
  to: string;
}

// What is needed to build or test something is not inside it: "A is a build dependency of B" (2.3), "B depends on A for build" (3).
const EXCLUDING = /^(BUILD|DEV|TEST|OPTIONAL|PROVIDED)_(DEPENDENCY|TOOL)_OF$/;
const NOT_SAID = /^(NOASSERTION|NONE)$/;

/** Reads a document of SPDX 2. */
export function readSpdx2(document: Record<string, unknown>): Sbom {
  const relationships = objectsOf(document.relationships).map((each) => ({
    from: textOf(each.spdxElementId) ?? "",
    kind: textOf(each.relationshipType) ?? "",
    to: textOf(each.relatedSpdxElement) ?? "",
  }));
  const described = Array.isArray(document.documentDescribes) ? document.documentDescribes : [];
  const subjects = new Set([
    ...described,
    ...relationships
      .filter(({ kind, from }) => kind === "DESCRIBES" && from === "SPDXRef-DOCUMENT")
      .map(({ to }) => to),
  ]);
  const excluded = new Set(relationships.filter(({ kind }) => EXCLUDING.test(kind)).map(({ from }) => from));
  const info = isObject(document.creationInfo) ? document.creationInfo : {};
  const creators = (Array.isArray(info.creators) ? info.creators : []).map(textOf).filter((text) => text !== null);
  const packages = objectsOf(document.packages).map((each) => {
    const purl = objectsOf(each.externalRefs).find(({ referenceType }) => referenceType === "purl")?.referenceLocator;
    return entryOf({
      ref: textOf(each.SPDXID),
      type: textOf(each.primaryPackagePurpose)?.toLowerCase().replaceAll("_", "-") ?? null,
      name: textOf(each.name),
      version: textOf(each.versionInfo),
      purl: textOf(purl),
      licence: licence(each.licenseConcluded) ?? licence(each.licenseDeclared),
    });
  });
  const files = objectsOf(document.files).map((each) =>
    entryOf({
      ...{ ref: textOf(each.SPDXID), type: "file", name: textOf(each.fileName), version: null, purl: null },
      licence: licence(each.licenseConcluded),
    }),
  );
  return {
    format: textOf(document.spdxVersion)!.replace("-", " "),
    tools: creators.filter((text) => text.startsWith("Tool: ")).map((text) => text.slice("Tool: ".length)),
    entries: nest([...packages, ...files], relationships, subjects, excluded),
  };
}

/** Reads the graph of a document of SPDX 3. */
export function readSpdx3(context: string, graph: Record<string, unknown>[]): Sbom {
  const typeOf = (element: Record<string, unknown>) => textOf(element.type) ?? textOf(element["@type"]) ?? "";
  const idOf = (element: Record<string, unknown>) => textOf(element.spdxId) ?? textOf(element["@id"]);
  const relationships = graph
    .filter((element) => /Relationship$/.test(typeOf(element)))
    .flatMap((element): Relationship[] => {
      const targets = Array.isArray(element.to) ? element.to : [element.to];
      const kind = textOf(element.relationshipType) ?? "";
      const scope = textOf(element.scope) ?? "runtime";
      const from = textOf(element.from) ?? "";
      return targets.map((to) => ({
        from,
        kind: kind === "dependsOn" ? `dependsOn ${scope}` : kind,
        to: textOf(to) ?? "",
      }));
    });
  const roots = graph.filter((element) => /(SpdxDocument|Sbom|Bom)$/.test(typeOf(element)));
  const subjects = new Set(
    roots.flatMap(({ rootElement }) => (Array.isArray(rootElement) ? rootElement : [rootElement])),
  );
  const excluded = new Set(
    relationships.filter(({ kind }) => /^dependsOn (build|dev|test)/.test(kind)).map(({ to }) => to),
  );
  const entries = graph.flatMap((element) => {
    const type = typeOf(element);
    const isFile = /(^|_)File$/.test(type);
    if (!isFile && !/(^|_)Package$/.test(type)) return [];
    const identifier = objectsOf(element.externalIdentifier).find(
      (each) => each.externalIdentifierType === "packageUrl",
    );
    const purl = textOf(element.software_packageUrl) ?? textOf(element.packageUrl) ?? textOf(identifier?.identifier);
    const version = textOf(element.software_packageVersion) ?? textOf(element.packageVersion);
    const purpose = textOf(element.software_primaryPurpose) ?? textOf(element.primaryPurpose);
    const facts = { ref: idOf(element), name: textOf(element.name), version, purl, licence: null };
    return [entryOf({ ...facts, type: isFile ? "file" : purpose })];
  });
  const tools = graph.filter((element) => /(^|_)Tool$/.test(typeOf(element))).map(({ name }) => textOf(name));
  return {
    format: `SPDX ${/\/(3[.\d]*)\//.exec(context)?.[1] ?? "3"}`,
    tools: tools.filter((tool) => tool !== null),
    entries: nest(entries, relationships, subjects, excluded),
  };
}

function licence(value: unknown): string | null {
  const text = textOf(value);
  return text !== null && NOT_SAID.test(text) ? null : text;
}

function entryOf(facts: Omit<SbomEntry, "parent" | "scope" | "outside">): SbomEntry {
  return { ...facts, name: facts.name ?? nameInPurl(facts.purl), parent: null, scope: null, outside: null };
}

/** Says of each entry what contains it, and why it is not inside the wheel. */
function nest(
  entries: SbomEntry[],
  relationships: Relationship[],
  subjects: Set<unknown>,
  excluded: Set<string>,
): SbomEntry[] {
  const places = new Map(entries.map(({ ref }, at) => [ref, at + 1]));
  const containers = new Map(
    relationships.filter(({ kind }) => /^contains?$/i.test(kind)).map(({ from, to }) => [to, places.get(from) ?? null]),
  );
  return entries.map((entry) => ({
    ...entry,
    parent: containers.get(entry.ref ?? "") ?? null,
    scope: excluded.has(entry.ref ?? "") ? "excluded" : null,
    outside: outsideOf(entry, subjects, excluded),
  }));
}

function outsideOf(
  { ref, type, name, purl }: SbomEntry,
  subjects: Set<unknown>,
  excluded: Set<string>,
): Outside | null {
  if (ref !== null && subjects.has(ref)) return "subject";
  if (ref !== null && excluded.has(ref)) return "excluded";
  if (type === "file") return "file";
  if (isOwnPurl(purl)) return "own module";
  return name === null ? "nameless" : null;
}
