// SBOMs read back by the programs of others: CycloneDX's Python library finds equal components, SPDX's tools find every document valid.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { checkSboms } from "../../scripts/check-sboms.ts";
import { scratchFolder } from "../harness.ts";
import { surveyMonths } from "../recorded-months.ts";
import { pythonWith } from "./python.ts";

const found = pythonWith(["cyclonedx-python-lib", "spdx-tools", "ntia-conformance-checker"]);
const skip = "missing" in found ? found.missing : false;

const READ_BACK = `
import glob, json, sys
from cyclonedx.model.bom import Bom
from ntia_conformance_checker import SbomChecker
from packageurl import PackageURL
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
canonical = lambda purl: str(PackageURL.from_string(purl)) if purl else ""
faults, documents, components = [], 0, 0
for file in sorted(glob.glob(sys.argv[1] + "/*/*.cdx.json")):
    document = json.load(open(file))
    theirs = sorted((c.bom_ref.value, c.name, c.version or "", canonical(str(c.purl) if c.purl else ""), sorted(h.content for h in c.hashes)) for c in Bom.from_json(document).components)
    ours = sorted((c["bom-ref"], c["name"], c.get("version", ""), canonical(c.get("purl", "")), sorted(h["content"] for h in c.get("hashes", []))) for c in document["components"])
    documents, components = documents + 1, components + len(ours)
    if theirs != ours: faults.append(file)
for file in sorted(glob.glob(sys.argv[1] + "/*/*.spdx.json")):
    faults += [file + ": " + message.validation_message for message in validate_full_spdx_document(parse_file(file))]
checker = SbomChecker(file)
print(json.dumps([faults, documents, components, checker.doc_author, checker.doc_timestamp, len(checker.components_without_names)]))
`;

test("the recorded months' SBOMs are read back by other programs with the same parts, and are valid", {
  skip,
}, async (t) => {
  const scratch = scratchFolder(t);
  const sboms = join(scratch, "sboms");
  const { wheels, faults } = await checkSboms(await surveyMonths(scratch), sboms);
  assert.deepEqual(faults, []);
  const { python } = found as { python: string };
  const { stdout, stderr, status } = spawnSync(python, ["-c", READ_BACK, sboms], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  assert.equal(status, 0, stderr.slice(-2000));
  const [wrong, documents, components, author, hasTime, nameless] = JSON.parse(stdout.trim().split("\n").at(-1)!);
  assert.deepEqual([wrong, documents, author, hasTime, nameless], [[], wheels, true, true, 0]);
  assert.ok(components > 500, `${components} components`);
});
