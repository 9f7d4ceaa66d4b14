// What is wrong with data/security-components.json, for whoever adds a component.
import * as v from "valibot";
import { describeIssue, Text } from "../../pipeline/naming/rule-file.ts";

const List = v.array(
  v.strictObject({
    component: Text,
    why: Text,
    source: v.pipe(v.string(), v.regex(/^https:\/\/\S+$/, "a URL that begins with https://")),
  }),
);

/** Every fault of the list (name of the file → what it holds), one message each: what is found, what is expected. */
export function lintSecurityComponents(files: ReadonlyMap<string, unknown>, known: ReadonlySet<string>): string[] {
  return [...files].flatMap(([file, content]) => {
    const parsed = v.safeParse(List, content);
    if (!parsed.success) return parsed.issues.map((issue) => `${file}: ${describeIssue(issue)}`);
    const names = parsed.output.map(({ component }) => component);
    return names.flatMap((name, at) => [
      ...(known.has(name) ? [] : [`${file}: ${name}, expected a component of data/components/; add its rule first`]),
      ...(at === 0 || names[at - 1]! < name
        ? []
        : [`${file}: ${name} after ${names[at - 1]}, expected each once, in order`]),
    ]);
  });
}
