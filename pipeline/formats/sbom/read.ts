// A document under .dist-info/sboms/, whichever format it has: https://peps.python.org/pep-0770/
import { readCycloneDx } from "./cyclonedx.ts";
import { isObject, objectsOf, type Sbom, textOf, UnreadSbom } from "./entry.ts";
import { readSpdx2, readSpdx3 } from "./spdx.ts";

const BYTE_ORDER_MARK = /^\u{feff}/u;

/** Reads an SBOM; UnreadSbom if it is none of CycloneDX as JSON and SPDX 2 and 3 as JSON. */
export function readSbom(bytes: Buffer): Sbom {
  const text = bytes.toString("utf8").replace(BYTE_ORDER_MARK, "").trimStart();
  if (text === "") throw new UnreadSbom(null, "empty, expected an SBOM");
  const otherForm = formOf(text);
  if (otherForm !== null) throw new UnreadSbom(otherForm, `${otherForm}, expected JSON`);
  const document = parse(text);
  if (document.bomFormat === "CycloneDX") return readCycloneDx(document);
  if (/^SPDX-2/.test(textOf(document.spdxVersion) ?? "")) return readSpdx2(document);
  const contexts = [document["@context"]]
    .flat()
    .map(textOf)
    .filter((context) => context !== null);
  const context = contexts.find((each) => each.includes("spdx.org/rdf/3"));
  if (context !== undefined) return readSpdx3(context, objectsOf(document["@graph"]));
  throw new UnreadSbom(null, "JSON of another kind, expected CycloneDX or SPDX");
}

/** The form of a document that is recognized and not read, null if it may be JSON. */
function formOf(text: string): string | null {
  if (text.startsWith("<")) return /cyclonedx/i.test(text.slice(0, 2000)) ? "CycloneDX XML" : "XML";
  return /^SPDXVersion:/m.test(text.slice(0, 2000)) ? "SPDX tag-value" : null;
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UnreadSbom(null, `no JSON (${(error as Error).message.slice(0, 100)}), expected an SBOM`);
  }
  if (!isObject(value)) throw new UnreadSbom(null, "JSON without an object, expected an SBOM");
  return value;
}
