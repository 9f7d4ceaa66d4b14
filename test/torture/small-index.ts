// A small index with something of everything that a survey meets, so that one run of it takes a fraction of a second.
import { project, wheel } from "../harness.ts";
import { type IndexSource, memorySource, type SourceProject } from "../loopback/source.ts";

/** How many projects of the small index have a binary wheel. */
export const TAKEN = 12;

/** An index of 14 projects: 12 with binary wheels, three each, one with pure wheels only, one without any file. */
export function smallSource(taken: number = TAKEN): IndexSource {
  const projects = Array.from({ length: taken }, (_, nth) => nativeProject(`native${nth}`, nth));
  projects.splice(1, 0, project("pure", [wheel("pure-1.0-py3-none-any.whl", { "pure.py": "" })]), project("empty", []));
  return memorySource(projects);
}

function nativeProject(name: string, nth: number): SourceProject {
  const filler = "x".repeat(2000 * (1 + (nth % 3)));
  const hash = (0x1000_0000 + nth).toString(16);
  return project(name, [
    wheel(`${name}-1.0-cp312-cp312-manylinux_2_28_x86_64.whl`, {
      [`${name}/core.cpython-312-x86_64-linux-gnu.so`]: filler,
      [`${name}.libs/libz-${hash}.so.1.3`]: "z",
      [`${name}.libs/libcrypto-${hash}.so.3`]: "c",
    }),
    wheel(`${name}-1.0-cp312-cp312-macosx_11_0_arm64.whl`, {
      [`${name}/core.cpython-312-darwin.so`]: filler,
      [`${name}/.dylibs/libz.1.3.dylib`]: "z",
    }),
    wheel(`${name}-1.0-cp312-cp312-win_amd64.whl`, {
      [`${name}/core.cp312-win_amd64.pyd`]: filler,
      [`${name}.libs/zlib1-${hash}.dll`]: "z",
      [`${name}-1.0.dist-info/sboms/bom.cdx.json`]: '{"bomFormat": "CycloneDX", "components": []}',
    }),
  ]);
}
