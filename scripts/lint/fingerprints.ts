// What is wrong with the ledger of fingerprints, and how to mend it.
import { type LedgerRow, mergeLedger } from "../../pipeline/derive/ledger.ts";
import { distributionPurl } from "../../pipeline/formats/sbom/distribution-purl.ts";

/** A line for each fault: a cell that is none, an order that is another, a file of two packages. */
export function lintFingerprints(rows: LedgerRow[]): string[] {
  const faults: string[] = [];
  for (const { original, digits, purl, learned } of rows) {
    const where = `${original} ${digits}`;
    if (!/\.so(\.|$)/.test(original) || original.includes("/"))
      faults.push(`${where}: expected the name of a shared library`);
    if (!/^[0-9a-f]{8}$/.test(digits)) faults.push(`${where}: ${digits}, expected eight hex digits`);
    const canonical = distributionPurl(purl);
    if (canonical !== purl)
      faults.push(`${where}: ${purl}, expected ${canonical ?? "the URL of an rpm, deb or apk package"}`);
    if (!learned) faults.push(`${where}: expected what proves it`);
  }
  const merged = mergeLedger(rows, []);
  if (merged.rows.length < rows.length) faults.push("a row twice, expected each once");
  if (merged.rows.some((row, at) => row !== rows[at]))
    faults.push("expected the order of original, digits and purl; `survey learn` writes it so");
  for (const { original, digits, purls } of merged.conflicts)
    faults.push(`${original} ${digits}: ${purls.join(" and ")}, expected one package`);
  return faults;
}
