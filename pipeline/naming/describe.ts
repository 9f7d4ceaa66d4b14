// "What is this file in my wheel?": everything that a path tells, for people who ask about one.

import { componentOf } from "./component-of.ts";
import { loadRules, makeMatcher } from "./component-rules.ts";
import { nameLibrary } from "./library-name.ts";

/** What is known of a path inside a wheel, in the words of the database. */
export interface NamedPath {
  path: string;
  kind: string;
  group: string | null;
  library: string | null;
  stem: string;
  hashes: string[];
  file_version: string | null;
  repair_tool: string | null;
  evidence: string;
  component: {
    component: string;
    name: string;
    purl: string;
    current_licence: string | null;
    cpe: string | null;
  } | null;
  version: string | null;
  version_source: string | null;
}

/** Makes the function that names a path by the rules in data/. */
export function makeNamer(): (path: string) => NamedPath {
  const match = makeMatcher(loadRules());
  return (path) => {
    const { kind, group, library, stem, hashes, fileVersion, repairTool, evidence } = nameLibrary(path);
    const of = componentOf(match, { kind, stem, fileVersion });
    const rule = of?.rule;
    return {
      path,
      kind,
      group,
      library,
      stem,
      hashes,
      file_version: fileVersion,
      repair_tool: repairTool,
      evidence,
      component: rule
        ? {
            component: rule.component,
            name: rule.name,
            purl: rule.purl,
            current_licence: rule.licence ?? null,
            cpe: rule.cpe ?? null,
          }
        : null,
      version: of?.version ?? null,
      version_source: of?.versionSource ?? null,
    };
  };
}
