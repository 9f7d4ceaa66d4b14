// An SBOM of a wheel as CycloneDX 1.6 in JSON: https://cyclonedx.org/docs/1.6/json/
// Without serial number; the timestamp is the day on which the index was asked, so that the same facts give the same bytes.
import { METHOD } from "../../method.ts";
import type { Part, WheelContents } from "./contents.ts";
import { isSpdxExpression } from "./licence.ts";
import { PROGRAM } from "./program.ts";

/** The document as an object that JSON.stringify writes in its order. */
export function toCycloneDx({ subject, parts }: WheelContents): object {
  const { wheel, name, version, purl, sha256, url, licence, told } = subject;
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      ...(told === null ? {} : { timestamp: told }),
      tools: { components: [{ type: "application", name: PROGRAM.name, version: PROGRAM.version }] },
      component: {
        ...{ type: "library", "bom-ref": purl, name, ...(version === null ? {} : { version }), purl },
        ...hashesOf(sha256),
        ...licensesOf(licence),
        ...(url === null ? {} : { externalReferences: [{ type: "distribution", url }] }),
        properties: [{ name: "wheel-survey:file_name", value: wheel }],
      },
      licenses: [{ license: { id: "CC0-1.0" } }],
      properties: [{ name: "wheel-survey:method", value: METHOD }],
    },
    components: parts.map((part) => componentOf(part, parts)),
    dependencies: [
      { ref: purl, ...(parts.length > 0 ? { dependsOn: parts.map(({ id }) => id) } : {}) },
      ...parts.filter(({ copyOf }) => copyOf.length > 0).map(({ id, copyOf }) => ({ ref: id, dependsOn: copyOf })),
    ],
    // What is linked into a file has no name that a survey of names could see.
    compositions: [{ aggregate: "incomplete", assemblies: [purl] }],
  };
}

function componentOf(part: Part, parts: Part[]): object {
  const { id, type, name, version, purl, cpe, sha256, supplier, licence, paths, identity, copyOf, properties } = part;
  const ancestors = parts.filter((each) => copyOf.includes(each.id));
  const fields = [...new Set(identity.map(({ field }) => field))];
  return {
    ...{
      type,
      "bom-ref": id,
      ...(supplier === null ? {} : { supplier: { name: supplier } }),
      name,
      ...(version === null ? {} : { version }),
    },
    ...hashesOf(sha256),
    ...licensesOf(licence),
    ...(cpe === null ? {} : { cpe }),
    ...(purl === null ? {} : { purl }),
    ...(ancestors.length === 0
      ? {}
      : {
          pedigree: {
            ancestors: ancestors.map((each) => ({
              ...{ type: each.type, name: each.name },
              ...(each.version === null ? {} : { version: each.version }),
              ...(each.purl === null ? {} : { purl: each.purl }),
            })),
          },
        }),
    evidence: {
      identity: fields.map((field) => {
        const methods = identity.filter((each) => each.field === field);
        return {
          field,
          confidence: Math.max(...methods.map(({ confidence }) => confidence)),
          methods: methods.map(({ technique, confidence, value }) => ({ technique, confidence, value })),
        };
      }),
      ...(paths.length === 0 ? {} : { occurrences: paths.map((location) => ({ location })) }),
    },
    ...(properties.length === 0 ? {} : { properties: properties.map(([key, value]) => ({ name: key, value })) }),
  };
}

function hashesOf(sha256: string | null): object {
  return sha256 === null ? {} : { hashes: [{ alg: "SHA-256", content: sha256 }] };
}

function licensesOf(licence: string | null): object {
  if (licence === null) return {};
  return { licenses: [isSpdxExpression(licence) ? { expression: licence } : { license: { name: licence } }] };
}
