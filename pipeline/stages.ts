// The stages of a survey, in their order. Start reading here.
import { contents } from "./collect/contents.ts";
import { members } from "./collect/members.ts";
import { ranking } from "./collect/ranking.ts";
import { releases } from "./collect/releases.ts";
import { components } from "./derive/components.ts";
import { libraries } from "./derive/libraries.ts";
import { linked } from "./derive/linked.ts";
import { origins } from "./derive/origins.ts";
import { ranks } from "./derive/ranks.ts";
import { sboms } from "./derive/sboms.ts";
import { reports } from "./publish/reports.ts";
import type { Stage } from "./stage/stage.ts";

/** Each stage reads what the ones before it stored; all of them can be stopped and run again. */
export const STAGES: Stage[] = [
  ranking, // collect: the edition, and the ranking it walks down
  releases, // collect: which projects and wheels are surveyed
  members, // collect: what each wheel holds
  libraries, // derive: what each native member is
  components, // derive: whose project it is
  contents, // collect: what the bytes of distinct libraries say, if that is asked for
  sboms, // derive: what the wheels say themselves
  linked, // derive: what the bytes and the wheels tell of releases, and what is linked in
  origins, // derive: of which distribution's package a library is a copy
  ranks, // derive: how many projects carry it
  reports, // publish: reports/<edition>/
];
