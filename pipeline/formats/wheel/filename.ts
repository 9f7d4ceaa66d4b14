// The file name of a wheel: {distribution}-{version}(-{build})?-{python}-{abi}-{platform}(-{variant})?.whl
// The variant label is that of PEP 825: https://peps.python.org/pep-0825/
// https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
import { ItemError } from "../../errors.ts";

/** What a wheel's file name says, with its three compressed tag sets split at the dots. */
export interface WheelFilename {
  distribution: string;
  version: string;
  build: string | null;
  /** The label behind the platform tags (PEP 825); null if there is none. */
  variant: string | null;
  pythons: string[];
  abis: string[];
  platforms: string[];
}

/** The platform families that the reports count apart, in the order of their columns. */
export const PLATFORM_FAMILIES = [
  "manylinux",
  "musllinux",
  "macOS",
  "Windows",
  "other",
  "Android",
  "iOS",
  "Emscripten",
] as const;

/** One of the families that the reports count apart. */
export type PlatformFamily = (typeof PLATFORM_FAMILIES)[number];

const FAMILY_PREFIXES: [prefix: string, family: PlatformFamily][] = [
  ["manylinux", "manylinux"],
  ["musllinux", "musllinux"],
  ["macosx", "macOS"],
  ["win", "Windows"],
  ["android", "Android"],
  ["ios", "iOS"],
  ["pyodide", "Emscripten"], // PEP 783's tag before it was accepted
  ["pyemscripten", "Emscripten"], // PEP 783
  ["emscripten", "Emscripten"],
];

// Old distributions hold dots and capitals, versions hold "!", "+" and "_", platform tags of odd builders hold anything but "-".
const WHEEL_FILENAME =
  /^(?<distribution>[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?)-(?<version>[A-Za-z0-9._!+]+)(?:-(?<build>[0-9][A-Za-z0-9._]*))?-(?<python>[A-Za-z0-9_.]+)-(?<abi>[A-Za-z0-9_.]+)-(?<platform>[A-Za-z0-9_.]+)(?:-(?<variant>[a-z0-9_.]{1,64}))?\.whl$/;

// With a variant label behind, the python tag has to look like one: six parts may also be a name with one part too many.
const PYTHON_TAG = /^[A-Za-z]+[0-9]/;

/** Splits a wheel's file name into its parts; ItemError `name` if it is not one. */
export function parseWheelFilename(filename: string): WheelFilename {
  const groups = WHEEL_FILENAME.exec(filename)?.groups;
  const sets = [groups?.python, groups?.abi, groups?.platform].map((set) => set?.split(".") ?? [""]);
  const isOdd = groups?.variant !== undefined && !sets[0]!.every((tag) => PYTHON_TAG.test(tag));
  if (!groups || isOdd || groups.distribution!.includes("__") || sets.flat().includes("")) {
    throw new ItemError(
      "name",
      `wheel file name: ${JSON.stringify(filename.slice(0, 200))}, expected {distribution}-{version}(-{build})?-{python}-{abi}-{platform}(-{variant})?.whl`,
    );
  }
  const [pythons, abis, platforms] = sets as [string[], string[], string[]];
  return {
    distribution: groups.distribution!,
    version: groups.version!,
    build: groups.build ?? null,
    variant: groups.variant ?? null,
    pythons,
    abis,
    platforms,
  };
}

/** Whether a wheel is a binary one: its ABI tag is other than `none`, or its platform tag other than `any`. */
export function isBinaryWheel(name: WheelFilename): boolean {
  return name.abis.some((abi) => abi !== "none") || name.platforms.some((platform) => platform !== "any");
}

/** The family of a wheel: that of the first of its platform tags which belongs to a named family, else `other`. */
export function platformFamily(platforms: string[]): PlatformFamily {
  for (const platform of platforms) {
    const family = FAMILY_PREFIXES.find(([prefix]) => platform.toLowerCase().startsWith(prefix));
    if (family) return family[1];
  }
  return "other";
}

/** Every single (python, abi, platform) tag that a compressed tag set stands for. */
export function expandTags(name: WheelFilename): { python: string; abi: string; platform: string }[] {
  return name.pythons.flatMap((python) =>
    name.abis.flatMap((abi) => name.platforms.map((platform) => ({ python, abi, platform }))),
  );
}
