// An SBOM of a wheel as SPDX 2.3 in JSON: https://spdx.github.io/spdx-spec/v2.3/
// Bundled files are packages, as SPDX wants the SHA-1 of a file, which no index and no RECORD has.
import { createHash } from "node:crypto";
import type { Part, WheelContents } from "./contents.ts";
import { isSpdxExpression } from "./licence.ts";
import { PROGRAM } from "./program.ts";

const NOT_SAID = "NOASSERTION";
const EPOCH = "1970-01-01T00:00:00Z"; // A document has to say when it was made: so one says of which nothing is known.

/** The document as an object that JSON.stringify writes in its order. */
export function toSpdx(contents: WheelContents): object {
  const { subject, parts } = contents;
  const ids = new Map(parts.map(({ id }, at) => [id, `SPDXRef-${id.slice(0, id.indexOf(":"))}-${at + 1}`]));
  const wheelId = "SPDXRef-wheel";
  const contentHash = createHash("sha256").update(JSON.stringify(contents)).digest("hex");
  const relation = (from: string, relationshipType: string, to: string) => ({
    ...{ spdxElementId: from, relationshipType, relatedSpdxElement: to },
  });
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: subject.wheel,
    documentNamespace: `https://spdx.org/spdxdocs/${encodeURIComponent(subject.wheel)}-${contentHash}`,
    creationInfo: { created: subject.told ?? EPOCH, creators: [`Tool: ${PROGRAM.name}-${PROGRAM.version}`] },
    documentDescribes: [wheelId],
    packages: [
      {
        ...{
          SPDXID: wheelId,
          name: subject.name,
          ...(subject.version === null ? {} : { versionInfo: subject.version }),
        },
        packageFileName: subject.wheel,
        ...commonOf(
          { sha256: subject.sha256, supplier: null, licence: subject.licence, purl: subject.purl, cpe: null },
          subject.url,
        ),
        primaryPackagePurpose: "LIBRARY",
      },
      ...parts.map((part) => packageOf(part, ids.get(part.id)!)),
    ],
    relationships: [
      relation("SPDXRef-DOCUMENT", "DESCRIBES", wheelId),
      ...parts.map(({ id }) => relation(wheelId, "CONTAINS", ids.get(id)!)),
      // A copy that its repair tool has patched is no exact copy any more.
      ...parts.flatMap(({ id, copyOf }) => copyOf.map((of) => relation(ids.get(id)!, "DESCENDANT_OF", ids.get(of)!))),
    ],
  };
}

function packageOf(part: Part, id: string): object {
  const { name, version, type, paths, identity, properties } = part;
  const how = identity.map(({ technique, confidence, value }) => `${technique} (${confidence}): ${value}`);
  const facts = properties.map(([key, value]) => `${key}: ${value}`);
  return {
    ...{ SPDXID: id, name, ...(version === null ? {} : { versionInfo: version }) },
    ...(part.id.startsWith("file:") ? { packageFileName: paths[0] } : {}),
    ...commonOf(part, null),
    primaryPackagePurpose: type === "library" ? "LIBRARY" : type === "framework" ? "FRAMEWORK" : "APPLICATION",
    comment: [
      `identified by ${how.join("; ")}`,
      ...(paths.length > 0 ? [`at ${paths.join(", ")}`] : []),
      ...facts,
    ].join("\n"),
  };
}

function commonOf(
  { sha256, supplier, licence, purl, cpe }: Pick<Part, "sha256" | "supplier" | "licence" | "purl" | "cpe">,
  url: string | null,
): object {
  // A reference to a licence of the document's own would have to come with its text.
  const isKnown = licence !== null && isSpdxExpression(licence) && !/LicenseRef-/.test(licence);
  const references = [
    ...(purl === null ? [] : [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }]),
    ...(cpe === null ? [] : [{ referenceCategory: "SECURITY", referenceType: "cpe23Type", referenceLocator: cpe }]),
  ];
  return {
    downloadLocation: url ?? NOT_SAID,
    filesAnalyzed: false,
    supplier: supplier === null ? NOT_SAID : `Organization: ${supplier}`,
    ...(sha256 === null ? {} : { checksums: [{ algorithm: "SHA256", checksumValue: sha256 }] }),
    licenseConcluded: NOT_SAID,
    licenseDeclared: isKnown ? licence : NOT_SAID,
    ...(licence !== null && !isKnown ? { licenseComments: `stated as: ${licence}` } : {}),
    copyrightText: NOT_SAID,
    ...(references.length > 0 ? { externalRefs: references } : {}),
  };
}
