// Loaded into a program with --import: when it ends, it leaves what it used in the file that RESOURCE_USAGE names.
import { writeFileSync } from "node:fs";

process.on("exit", () => writeFileSync(process.env.RESOURCE_USAGE!, JSON.stringify(process.resourceUsage())));
