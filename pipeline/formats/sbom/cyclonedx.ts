// CycloneDX as JSON, versions 1.2 to 1.7: https://cyclonedx.org/docs/1.7/json/
import {
  isObject,
  isOwnPurl,
  nameInPurl,
  type Outside,
  objectsOf,
  type Sbom,
  type SbomEntry,
  textOf,
  UnreadSbom,
} from "./entry.ts";

const MOST_ENTRIES = 50_000; // The largest real document has some hundred.
const DEEPEST = 50; // Levels of nesting.

/** Reads a CycloneDX document; UnreadSbom if it has more entries or levels than any real one. */
export function readCycloneDx(document: Record<string, unknown>): Sbom {
  const format = `CycloneDX ${textOf(document.specVersion) ?? "without version"}`;
  const metadata = isObject(document.metadata) ? document.metadata : {};
  const subject = isObject(metadata.component) ? metadata.component : {};
  const subjects = new Set([subject["bom-ref"], subject.purl].filter((ref) => typeof ref === "string"));
  const entries: SbomEntry[] = [];

  function add(components: unknown, parent: number | null, depth: number, inherited: Outside | null): void {
    if (depth > DEEPEST) throw new UnreadSbom(format, `more than ${DEEPEST} levels of components, expected fewer`);
    for (const component of objectsOf(components)) {
      if (entries.length === MOST_ENTRIES)
        throw new UnreadSbom(format, `more than ${MOST_ENTRIES} components, expected fewer`);
      const outside = outsideOf(component, subjects) ?? inherited;
      entries.push(entryOf(component, parent, outside));
      const nested = outside === "subject" || outside === "excluded" ? outside : null;
      add(component.components, entries.length, depth + 1, nested === "subject" ? "own module" : nested);
    }
  }

  add(document.components, null, 1, null);
  add(subject.components, null, 1, "own module");
  return { format, tools: toolsOf(metadata.tools), entries };
}

function outsideOf(component: Record<string, unknown>, subjects: Set<unknown>): Outside | null {
  const purl = textOf(component.purl);
  if (subjects.has(component["bom-ref"]) || (purl !== null && subjects.has(purl))) return "subject";
  if (component.scope === "excluded") return "excluded";
  if (component.type === "file") return "file";
  if (isOwnPurl(purl)) return "own module";
  return textOf(component.name) === null && nameInPurl(purl) === null ? "nameless" : null;
}

function entryOf(component: Record<string, unknown>, parent: number | null, outside: Outside | null): SbomEntry {
  const purl = textOf(component.purl);
  return {
    parent,
    ref: textOf(component["bom-ref"]),
    type: textOf(component.type),
    name: textOf(component.name) ?? nameInPurl(purl),
    version: textOf(component.version),
    purl,
    licence: licenceOf(component.licenses),
    scope: textOf(component.scope),
    outside,
  };
}

/** The licences of a component, joined as they all hold. */
function licenceOf(licenses: unknown): string | null {
  const said = objectsOf(licenses).map(({ expression, license }) => {
    const { id, name } = isObject(license) ? license : {};
    return textOf(expression) ?? textOf(id) ?? textOf(name);
  });
  const known = said.filter((text) => text !== null);
  return known.length > 0 ? known.join(" AND ") : null;
}

// A list of tools up to version 1.4, and components and services from 1.5 on.
function toolsOf(tools: unknown): string[] {
  const listed = isObject(tools) ? [...objectsOf(tools.components), ...objectsOf(tools.services)] : objectsOf(tools);
  return listed.flatMap(({ name, version }) => {
    const tool = textOf(name);
    return tool === null ? [] : [[tool, textOf(version)].filter((text) => text !== null).join(" ")];
  });
}
