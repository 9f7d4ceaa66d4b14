// One writer for each database. The lock is the operating system's own, held through a second SQLite file beside the
// database, so it ends with its holder however that ends, and no stale lock is ever in the way.
import { closeSync, fstatSync, openSync, rmSync, statSync } from "node:fs";
import Database from "better-sqlite3";

/** Takes the lock `<database>.lock`; gives the function that releases it, or null when another process holds it. */
export function takeLock(database: string): (() => void) | null {
  const path = `${database}.lock`;
  for (;;) {
    // Our own descriptor pins the inode: if the path still has it once the lock is ours, then that file is what we locked,
    // not one that its last holder had just removed. It must stay open: closing it would drop the process's locks on the file.
    const pinned = openSync(path, "a");
    const lock = new Database(path, { timeout: 0 });
    try {
      lock.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      lock.close();
      closeSync(pinned);
      if (/^SQLITE_(BUSY|LOCKED)/.test((error as { code?: string }).code ?? "")) return null;
      throw error;
    }
    if (statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(pinned).ino) {
      return () => {
        try {
          rmSync(path, { force: true });
        } catch {
          // If it stays, the next run takes the lock through it.
        }
        lock.close();
        closeSync(pinned);
      };
    }
    lock.close();
    closeSync(pinned);
  }
}
