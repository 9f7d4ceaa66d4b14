// The list of an index's projects in its Simple API, as JSON: https://peps.python.org/pep-0691/#project-list
// {"meta": {"api-version": "1.x"}, "projects": [{"name": …}, …]}
import { scanJson } from "./json-scan.ts";
import { isProjectName, normalizeProjectName } from "./project-name.ts";

/** The media type by which the list is asked for. */
export const PROJECT_INDEX = "application/vnd.pypi.simple.v1+json";

/** The normalized names of the projects that an index lists, each once, in the order of their characters; an Error with a one-line message if it is no such list. */
export async function readProjectIndex(body: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<string[]> {
  const expected = "expected the list of PEP 691: meta with api-version 1, and projects with their names";
  const names = new Set<string>();
  let version: unknown = null;
  const scan = scanJson({ meta: { "api-version": true }, projects: [{ name: true }] }, (path, value) => {
    if (path[0] === "meta" && path.length === 2) version = value;
    if (path[0] !== "projects" || path.length !== 3) return;
    if (typeof value !== "string" || !isProjectName(value))
      throw new Error(`projects.${path[1]}: ${JSON.stringify(value)?.slice(0, 100)}, expected a project's name`);
    names.add(normalizeProjectName(value));
  });
  try {
    for await (const chunk of body) scan.push(chunk);
    scan.end();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`no JSON object, ${error.message}, ${expected}`);
  }
  if (!/^1\.\d+$/.test(String(version))) throw new Error(`api-version ${JSON.stringify(version)}, ${expected}`);
  if (names.size === 0) throw new Error(`no project, ${expected}`);
  return [...names].sort();
}
