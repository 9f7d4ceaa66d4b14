// How much may be asked unless a person says otherwise. PyPI asks to be asked gently: not thousands of requests in minutes.
// Its files come from a host that is made for many. https://docs.pypi.org/api/#api-policies
import { type Hosts, PYPI_INDEX } from "./hosts.ts";

const GENTLE = { concurrency: 6, documents: 2, files: 10 };
const UNBRIDLED = { concurrency: 8, documents: 0, files: 0 };

/** How many requests may be under way to a host. */
export function concurrencyFor(hosts: Hosts): number {
  return defaultsFor(hosts).concurrency;
}

/** How many requests a second may be sent to an origin, 0 for no limit: as many as asked for to each, or the index's defaults if null. */
export function ratesOf(hosts: Hosts, rate: number | null): (origin: string) => number {
  const { documents, files } = defaultsFor(hosts);
  return (origin) => rate ?? (origin === hosts.index.origin ? documents : files);
}

function defaultsFor({ index }: Hosts): typeof GENTLE {
  return index.origin === PYPI_INDEX ? GENTLE : UNBRIDLED;
}
