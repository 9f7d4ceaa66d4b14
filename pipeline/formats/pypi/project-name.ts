// Project names, normalized: https://packaging.python.org/en/latest/specifications/name-normalization/

const PROJECT_NAME = /^[A-Z0-9]([A-Z0-9._-]*[A-Z0-9])?$/i;

/** Whether a text is a valid project name by the specification, in any spelling. */
export function isProjectName(name: string): boolean {
  return name.length <= 200 && PROJECT_NAME.test(name);
}

/** The one spelling of a project's name under which the index knows it: lower case, runs of `-_.` as one `-`. */
export function normalizeProjectName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}
