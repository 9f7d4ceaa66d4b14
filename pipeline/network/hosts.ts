// Which addresses may be asked at all. PyPI's public ones stand here and nowhere else, as defaults.
import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { EXIT, ItemError, RunError } from "../errors.ts";

/** The root of PyPI's JSON API. */
export const PYPI_INDEX = "https://pypi.org";

/** Where PyPI's files are. */
export const PYPI_FILES = "https://files.pythonhosted.org";

/** The monthly download ranking. */
export const TOP_PACKAGES = "https://hugovk.dev/top-pypi-packages/top-pypi-packages.min.json";

/** Who may be asked: the index with its path prefix, the origins that files may come from, and which of them may be at private addresses. */
export interface Hosts {
  index: URL;
  fileOrigins: Set<string>;
  privateOrigins: Set<string>;
}

/** Reads and checks the index's root (PyPI's if null) and other files' origins; RunError 2 unless each is https, or http on loopback. */
export function parseHosts(index: string | null, fileHosts: string[], option = "--index"): Hosts {
  const indexUrl = parseRoot(option, index ?? PYPI_INDEX);
  if (option === "--index") indexUrl.pathname = indexUrl.pathname.replace(/\/+$/, "");
  const origins = fileHosts.map((host) => parseRoot("--file-host", host).origin);
  if (indexUrl.origin === PYPI_INDEX) origins.push(PYPI_FILES);
  const fileOrigins = new Set([indexUrl.origin, ...origins]);
  // Whoever names an index of their own network knows that it is there; its files' hosts may be there if it plainly is.
  const ownIndex = indexUrl.origin === PYPI_INDEX ? [] : [indexUrl.origin];
  const privateOrigins = isPrivateHost(indexUrl.hostname) ? fileOrigins : new Set(ownIndex);
  return { index: indexUrl, fileOrigins, privateOrigins };
}

/** The address of a project's document in the JSON API. */
export function projectUrl(index: URL, project: string): URL {
  return new URL(`${index.href.replace(/\/+$/, "")}/pypi/${encodeURIComponent(project)}/json`);
}

/** The address of the list of all projects in the index's Simple API. */
export function projectIndexUrl(index: URL): URL {
  return new URL(`${index.href.replace(/\/+$/, "")}/simple/`);
}

/** A wheel's address, parsed and checked against the allowed origins; ItemError `origin` if it may not be asked. */
export function allowedFileUrl(hosts: Hosts, text: string): URL {
  const expected = `one at ${[...hosts.fileOrigins].join(" or ")}`;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new ItemError("origin", `file address: ${JSON.stringify(text.slice(0, 200))}, expected ${expected}`);
  }
  if (!hosts.fileOrigins.has(url.origin) || url.username !== "" || url.password !== "") {
    throw new ItemError(
      "origin",
      `file address: ${JSON.stringify(url.href.slice(0, 200))}, expected ${expected} (--file-host allows others); never asked`,
    );
  }
  return url;
}

/** What resolves a name to all of its addresses, as `dns.lookup` does. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A look-up that refuses names which resolve to addresses of private networks, unless those are allowed. */
export function guardedLookup(privateAllowed: boolean, lookup: Lookup = dnsLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const refused = privateAllowed ? undefined : addresses.find(({ address }) => isPrivateAddress(address));
      if (refused) {
        const message = `${hostname} resolves to ${refused.address}, a private address, expected a public one`;
        return callback(Object.assign(new Error(message), { code: PRIVATE_ADDRESS }), "", 0);
      }
      if (options.all) return callback(null, addresses);
      callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

/** The error code of a look-up that the guard refused. */
export const PRIVATE_ADDRESS = "PRIVATE_ADDRESS";

const PRIVATE_NETWORKS: [network: string, prefix: number, family: "ipv4" | "ipv6"][] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 127, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

const PRIVATE = new BlockList();
for (const [network, prefix, family] of PRIVATE_NETWORKS) PRIVATE.addSubnet(network, prefix, family);

/** Whether an IP address, in any notation of it, belongs to a network that is not the public one. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return host === "localhost" || host.endsWith(".localhost") || (isIP(host) !== 0 && isPrivateAddress(host));
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

function parseRoot(option: string, text: string): URL {
  const expected = "an address such as https://pypi.org (http only for loopback)";
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new RunError(EXIT.usage, `${option}: ${JSON.stringify(text)}, expected ${expected}`);
  }
  const secure = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  if (!secure || url.username !== "") {
    throw new RunError(EXIT.usage, `${option}: ${JSON.stringify(text)}, expected ${expected}`);
  }
  return url;
}
