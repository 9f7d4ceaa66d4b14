// Everything that is derived, in its order: what stages do one by one, for commands that bring a database up to date.
import type { Db } from "../database/database.ts";
import { judgeNames } from "./components.ts";
import { judgeWheels } from "./libraries.ts";
import { deriveLinked } from "./linked.ts";
import { deriveOrigins } from "./origins.ts";
import { countEditions } from "./ranks.ts";
import { deriveSboms } from "./sboms.ts";

/** Derives whatever is missing or outdated in any edition. */
export function deriveAll(db: Db): void {
  judgeWheels(db);
  judgeNames(db);
  deriveSboms(db);
  deriveLinked(db);
  deriveOrigins(db);
  countEditions(db);
}
