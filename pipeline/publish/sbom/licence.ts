// Licences as others write them: SPDX expressions, or whatever they may be.
import parse from "spdx-expression-parse";

/** Whether a text is an SPDX licence expression: https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/ */
export function isSpdxExpression(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
