// Do fingerprints tell the truth? Hides the SBOMs of each wheel in turn, then those of its whole project, says of its libraries what the
// fingerprints of the others tell, and compares with what its own SBOM proves. Exits with 1 if any is told otherwise.
//   node --import tsx scripts/leave-one-out.ts DATABASE
import { fileURLToPath } from "node:url";
import { openForReading } from "../pipeline/database/database.ts";

/** How predictions compare with what SBOMs prove: files that are told rightly, wrongly, and not at all; each wrong one in a line. */
export interface Verdict {
  wheels: number;
  proved: number;
  right: number;
  wrong: string[];
}

interface Proof {
  project: string;
  wheel: string;
  path: string;
  original: string;
  digits: string;
  purl: string;
}

const PROOFS = `
SELECT DISTINCT r.project, b.filename AS wheel, p.path, f.original, f.digits, d.purl
FROM sbom_match x JOIN sbom_entry e USING (document_id, nth) JOIN distribution_package d ON d.stated = e.purl
JOIN member_name m ON m.wheel_id = x.wheel_id AND m.path_id = x.path_id JOIN name_fingerprint f USING (name_id)
JOIN path p ON p.path_id = x.path_id JOIN binary_wheel b ON b.wheel_id = x.wheel_id JOIN release r USING (release_id)
WHERE x.how = 'path' AND f.digits IS NOT NULL ORDER BY 2, 3`;

/** Leaves each wheel with an SBOM out in turn, or each project. */
export function leaveOneOut(database: string, what: "wheel" | "project"): Verdict {
  const db = openForReading(database);
  const proofs = db.prepare<[], Proof>(PROOFS).all();
  db.close();
  const byFile = new Map<string, Proof[]>();
  for (const proof of proofs) {
    const key = `${proof.original} ${proof.digits}`;
    byFile.set(key, [...(byFile.get(key) ?? []), proof]);
  }
  const verdict: Verdict = {
    wheels: new Set(proofs.map(({ wheel }) => wheel)).size,
    proved: proofs.length,
    right: 0,
    wrong: [],
  };
  for (const proof of proofs) {
    const others = byFile.get(`${proof.original} ${proof.digits}`)!.filter((other) => other[what] !== proof[what]);
    const told = new Set(others.map(({ purl }) => purl));
    if (told.size !== 1) continue; // Nobody else has it, or two say different things: then nothing is told.
    const [purl] = told;
    if (purl === proof.purl) verdict.right += 1;
    else verdict.wrong.push(`${proof.wheel} ${proof.path}: ${purl}, expected ${proof.purl}`);
  }
  return verdict;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [database] = process.argv.slice(2);
  if (database === undefined) {
    process.stderr.write("leave-one-out.ts: no database, expected DATABASE\n");
    process.exit(2);
  }
  const percent = (part: number, whole: number) => (whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`);
  for (const what of ["wheel", "project"] as const) {
    const { wheels, proved, right, wrong } = leaveOneOut(database, what);
    const told = right + wrong.length;
    for (const line of wrong) process.stdout.write(`${line}\n`);
    process.stdout.write(
      `Without the ${what}: ${wheels} wheels with SBOMs prove the origin of ${proved} libraries; the fingerprints of other ${what}s tell ${told} of them, ` +
        `${right} rightly: precision ${percent(right, told)}, recall ${percent(right, proved)}.\n`,
    );
    if (wrong.length > 0) process.exitCode = 1;
  }
}
