export interface ComponentRule {
  component: string;
  name: string;
  purl: string;
  licence?: string;
  cpe?: string;
}
export const loadRules = (): ComponentRule[] => [];
export const makeMatcher =
  (_: ComponentRule[]) =>
  (_s: string): { rule: ComponentRule } | null =>
    null;
export const versionFrom = (_m: unknown, _f: string | null, _s: string): { version: string; source: string } | null =>
  null;
