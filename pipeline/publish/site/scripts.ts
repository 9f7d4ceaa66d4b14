// Data for the browser, as scripts: a page that is opened as a file can load those, and nothing else.
import type { SiteFile } from "./files.ts";

/** A script that hands a value over to the site's own, under a name. */
export function dataScript(path: string, name: string, value: unknown): SiteFile {
  return { path, parts: [`survey.receive(${JSON.stringify(name)}, ${literal(value)});\n`] };
}

/** A script that hands bytes over, in base64, which takes three at a time. */
export function dataFile(path: string, name: string, bytes: AsyncIterable<Buffer> | Iterable<Buffer>): SiteFile {
  async function* parts(): AsyncGenerator<string> {
    yield `survey.receive(${JSON.stringify(name)}, "`;
    let rest = Buffer.alloc(0);
    for await (const part of bytes) {
      const whole = Buffer.concat([rest, part]);
      const ready = whole.length - (whole.length % 3);
      yield whole.toString("base64", 0, ready);
      rest = whole.subarray(ready);
    }
    yield `${rest.toString("base64")}");\n`;
  }
  return { path, parts: parts() };
}

/** A value as JavaScript, in which nothing ends a script or a line. */
function literal(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
