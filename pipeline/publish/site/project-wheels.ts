// The wheels of a project, and what is carried alike by several of them.
import { type Db, statement } from "../../database/database.ts";
import type { FilledTable, Row } from "../table.ts";

/** A wheel with what it holds. */
export interface Wheel {
  wheel: string;
  platformFamily: string;
  /** The platform tags of its file name, joined with dots, and its variant behind a dash. */
  platform: string;
  /** For which Pythons: the tag, or the tag with its ABI where that is another. */
  pythons: string[];
  size: number | null;
  sha256: string | null;
  url: string | null;
  uploadedAt: string | null;
  yanked: boolean;
  nativeFiles: number | null;
  repairTool: string | null;
  kinds: { kind: string; group: string | null; files: number; bytes: number | null }[];
  /** Shared libraries in it, and those of them that its own SBOMs name. */
  libraries: number;
  named: number;
  /** Files of the table `carried`, and the id of the bundle that they are; null: none. */
  bundled: number;
  bundle: string | null;
}

/** Files that several wheels carry alike, with the same paths and contents. */
export interface Bundle {
  id: string;
  title: string;
  wheels: Wheel[];
  filled: FilledTable;
}

/** The binary wheels of a project in an edition, families and file names in their order. */
export function readWheels(db: Db, edition: string, project: string): Wheel[] {
  const given = { edition, project };
  const tags = groups<{ filename: string; python: string; abi: string }>(db, TAGS, given);
  const kinds = groups<{ filename: string; kind: string; group: string | null; files: number; bytes: number | null }>(
    db,
    KINDS,
    given,
  );
  const named = groups<{ filename: string; libraries: number; named: number }>(db, NAMED, given);
  return (statement(db, WHEELS).all(given) as Listed[]).map((listed) => ({
    ...{
      wheel: listed.wheel,
      platformFamily: listed.platform_family,
      platform: platformIn(listed.wheel, listed.variant),
    },
    pythons: (tags.get(listed.wheel) ?? []).map(({ python, abi }) => pythonOf(python, abi)),
    ...{ size: listed.size, sha256: listed.sha256, url: listed.url, uploadedAt: listed.uploaded_at },
    ...{ yanked: listed.yanked === 1, nativeFiles: listed.native_files, repairTool: listed.repair_tool },
    kinds: (kinds.get(listed.wheel) ?? []).map(({ kind, group, files, bytes }) => ({ kind, group, files, bytes })),
    ...{ libraries: named.get(listed.wheel)?.[0]?.libraries ?? 0, named: named.get(listed.wheel)?.[0]?.named ?? 0 },
    ...{ bundled: 0, bundle: null },
  }));
}

interface Listed {
  wheel: string;
  platform_family: string;
  variant: string | null;
  size: number | null;
  sha256: string | null;
  url: string | null;
  uploaded_at: string | null;
  yanked: number;
  native_files: number | null;
  repair_tool: string | null;
}

const WHEELS = `SELECT wheel, platform_family, variant, size, sha256, url, uploaded_at, yanked, native_files, repair_tool
FROM surveyed_wheel WHERE edition = :edition AND project = :project ORDER BY platform_family, wheel`;
const OURS = "FROM answer a JOIN binary_wheel b USING (release_id)";
const WHERE = "WHERE a.edition = :edition AND a.project = :project";
const TAGS = `SELECT DISTINCT b.filename, t.python, t.abi ${OURS} JOIN wheel_tag t USING (filename) ${WHERE} ORDER BY b.filename, t.python, t.abi`;
const KINDS = `SELECT b.filename, n.kind, n.member_group AS "group", count(*) AS files, sum(f.size) AS bytes
${OURS} JOIN member_name m USING (wheel_id) JOIN name n USING (name_id) JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id
JOIN file f USING (file_id) ${WHERE} GROUP BY b.filename, n.kind, n.member_group ORDER BY b.filename, n.kind, n.member_group`;
const NAMED = `SELECT b.filename, count(*) AS libraries, count(x.how) AS named
${OURS} JOIN member_name m USING (wheel_id) JOIN name n USING (name_id)
LEFT JOIN sbom_match x ON x.wheel_id = m.wheel_id AND x.path_id = m.path_id
${WHERE} AND n.kind = 'shared-library' GROUP BY b.filename`;

function groups<Found extends { filename: string }>(db: Db, sql: string, given: object): Map<string, Found[]> {
  const found = new Map<string, Found[]>();
  for (const row of statement(db, sql).all(given) as Found[])
    found.set(row.filename, [...(found.get(row.filename) ?? []), row]);
  return found;
}

/** Platform tags of a wheel's file name: what follows its last dash, or the one before the variant's. */
function platformIn(filename: string, variant: string | null): string {
  const parts = filename.replace(/\.whl$/, "").split("-");
  return variant === null ? parts.at(-1)! : `${parts.at(-2)}-${variant}`;
}

function pythonOf(python: string, abi: string): string {
  if (abi === python || abi === "none") return python;
  return abi.startsWith(python) ? abi : `${python}-${abi}`;
}

/** The wheels, each with the bundle that it carries, and the bundles in the order of their first wheel. */
export function bundlesOf(wheels: Wheel[], { table, rows }: FilledTable): { wheels: Wheel[]; bundles: Bundle[] } {
  const at = (name: string) => table.columns.findIndex((column) => column.name === name);
  const [wheel, path, size, sha256] = [at("wheel"), at("path"), at("size"), at("sha256")];
  const byWheel = new Map<string, Row[]>();
  for (const row of rows) {
    const files = byWheel.get(String(row[wheel]));
    if (files) files.push(row);
    else byWheel.set(String(row[wheel]), [row]);
  }
  const bundles = new Map<string, { id: string; files: Row[]; wheels: Wheel[] }>();
  const placed = wheels.map((each) => {
    const files = byWheel.get(each.wheel) ?? [];
    if (files.length === 0) return each;
    const key = JSON.stringify([each.platformFamily, ...files.map((row) => [row[path], row[size], row[sha256]])]);
    const bundle = bundles.get(key) ?? { id: `bundle-${bundles.size + 1}`, files, wheels: [] };
    bundles.set(key, bundle);
    bundle.wheels.push(each);
    return { ...each, bundled: files.length, bundle: bundle.id };
  });
  return {
    wheels: placed,
    bundles: [...bundles.values()].map(({ id, files, wheels }) => ({
      id,
      title: titleOf(wheels),
      wheels,
      filled: { table, rows: files },
    })),
  };
}

/** Which wheels they are: their platforms, and their Pythons if they are of one platform. */
function titleOf(wheels: Wheel[]): string {
  const platforms = [...new Set(wheels.map(({ platform }) => platform.split(".")[0]!))];
  const pythons = [...new Set(wheels.flatMap((wheel) => wheel.pythons))];
  const [first, last] = [pythons[0], pythons.at(-1)];
  return `${platforms.join(", ")} (${first === last ? first : `${first} to ${last}`})`;
}
