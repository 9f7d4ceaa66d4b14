// The documents of the index in the shapes of PyPI and of the ranking; what a source does not know is null.
// https://docs.pypi.org/api/json/ and https://hugovk.dev/top-pypi-packages/
import type { IndexSource, SourceFile, SourceProject } from "./source.ts";

const PACKAGE_TYPES: [suffix: RegExp, type: string][] = [
  [/\.whlx?$/, "bdist_wheel"],
  [/\.egg$/, "bdist_egg"],
  [/\.exe$/, "bdist_wininst"],
];

/** A project's document as the JSON API gives it; its files are at `origin`. */
export function projectDocument(project: SourceProject, origin: string): object {
  const objectsOf = (files: SourceFile[]) => files.map((file) => fileObject(file, origin));
  const files = objectsOf(project.files);
  const earlier = Object.entries(project.earlier ?? {}).map(([version, files]) => [version, objectsOf(files)]);
  const yanked = files.length > 0 && files.every((file) => file.yanked);
  return {
    info: {
      name: project.name,
      version: project.version,
      summary: null,
      license_expression: project.licence ?? null,
      requires_python: null,
      yanked,
      yanked_reason: null,
    },
    last_serial: 0,
    releases: { ...Object.fromEntries(earlier), [project.version]: files },
    urls: files,
    vulnerabilities: [],
  };
}

/** The ranking as top-pypi-packages publishes it. */
export function rankingDocument(source: IndexSource): object {
  const rows = source.ranking().map(({ project, downloads }) => ({ download_count: downloads, project }));
  return { last_update: source.lastUpdate, source: "loopback", rows, total_rows: rows.length };
}

/** The path of a file on the index, made of its hash as PyPI's are. */
export function filePath({ sha256, filename }: SourceFile): string {
  const directories = [sha256.slice(0, 2), sha256.slice(2, 4), sha256.slice(4)];
  return `/packages/${directories.join("/")}/${encodeURIComponent(filename)}`;
}

function fileObject(file: SourceFile, origin: string) {
  const packagetype = PACKAGE_TYPES.find(([suffix]) => suffix.test(file.filename))?.[1] ?? "sdist";
  return {
    comment_text: null,
    "core-metadata": false,
    digests: { blake2b_256: null, md5: null, sha256: file.sha256 },
    downloads: -1,
    filename: file.filename,
    has_sig: false,
    md5_digest: null,
    packagetype,
    python_version: packagetype === "bdist_wheel" ? file.filename.split("-").at(-3) : "source",
    requires_python: null,
    size: file.size,
    upload_time: file.uploadTime?.slice(0, "YYYY-MM-DDTHH:MM:SS".length) ?? null,
    upload_time_iso_8601: file.uploadTime,
    url: origin + filePath(file),
    yanked: file.yanked,
    yanked_reason: null,
  };
}
