// What changed for the subject of a page, edition by edition.

import { addressOf, rootOf } from "../addresses.ts";
import type { ChangesOf, Site } from "../contents.ts";
import { Table } from "./table.tsx";

const MOST_EDITIONS = 3; // The feed has more.

interface ChangesProps {
  site: Site;
  at: string;
  changes: ChangesOf[];
  /** Columns that the page has said already. */
  without?: string[];
}

/** The latest editions in which something changed. */
export function Changes({ site, at, changes, without = [] }: ChangesProps) {
  if (changes.length === 0) return null;
  return (
    <>
      <h2 id="changes">What changed</h2>
      {changes.slice(0, MOST_EDITIONS).map(
        ({
          edition: {
            edition,
            before,
            changes: { table },
          },
          rows,
        }) => (
          <section key={edition}>
            <h3>
              <a href={rootOf(at) + addressOf("edition", edition)}>{edition}</a>, since {before}
            </h3>
            <Table
              site={site}
              at={at}
              filled={{ table, rows }}
              caption={`What changed in ${edition}`}
              without={without}
              isSortable={false}
            />
          </section>
        ),
      )}
    </>
  );
}
