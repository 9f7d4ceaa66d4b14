// Cuts an SBOM down to facts about components, for the recorded slice: no descriptions, no licences, no authors.
// CycloneDX JSON: https://cyclonedx.org/docs/1.6/json/

const DOCUMENT_KEYS = ["bomFormat", "specVersion", "metadata", "tools", "component"];
const REDUCED_KEYS = [...DOCUMENT_KEYS, "type", "bom-ref", "name", "version", "purl", "scope", "components"];
const FACT_KEYS = [...REDUCED_KEYS, "dependencies", "ref", "dependsOn"];

/** The text itself where it says nothing but component facts, as auditwheel's do, else what its components are called; an Error if it is not CycloneDX JSON. */
export function reduceSbom(text: string): { text: string; reduced: boolean } {
  const document = JSON.parse(text);
  if (document.bomFormat !== "CycloneDX") throw new Error("an SBOM, expected CycloneDX JSON");
  // A list of keys keeps these and drops all others, however deep; nothing dropped is nothing shorter.
  const onlyFacts = JSON.stringify(document, FACT_KEYS).length === JSON.stringify(document).length;
  return onlyFacts ? { text, reduced: false } : { text: JSON.stringify(document, REDUCED_KEYS), reduced: true };
}
