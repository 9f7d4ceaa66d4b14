// Addresses that lead elsewhere, on an index and in redirects: another server stands there and must never see a connection.
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { requestTo, rows, survey, wheel } from "../harness.ts";
import type { Ordeal } from "./ordeal.ts";

const nameOf = (project: string) => `${project}-1.0-cp312-cp312-win_amd64.whl`;

// Addresses that are given instead of an honest one, with the ports of the index (OWN) and of the stranger (OTHER) on 127.0.0.1, and
// the wheel's name (NAME).
const LOOPBACKS = ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1."]; // The same address, to WHATWG URLs.
const ELSEWHERE = [
  "http://127.0.0.1:OTHER/NAME",
  "//127.0.0.1:OTHER/NAME",
  "HTTP://127.0.0.1:OTHER/NAME",
  "https://127.0.0.1:OTHER/NAME",
  "ftp://127.0.0.1:OTHER/NAME",
  "http://127.0.0.1:OWN@127.0.0.1:OTHER/NAME",
  "http://user:word@127.0.0.1:OTHER/127.0.0.1:OWN/NAME",
  "http://127.0.0.1:OTHER\\@127.0.0.1:OWN/NAME",
  "http://127.0.0.1:OTHER#@127.0.0.1:OWN/NAME",
  "http://127.0.0.1:OTHER?@127.0.0.1:OWN/NAME",
  "http://127.0.0.1:OWN%40127.0.0.1:OTHER/NAME",
  "http://127.0.0.1:OWN\t@127.0.0.1:OTHER/NAME",
  " \u0000http://127.0.0.1:OTHER/NAME",
  ...["localhost", "localhost.", ...LOOPBACKS, "[::ffff:127.0.0.1]", "①②⑦.0.0.1", "0.0.0.0"].map(
    (host) => `http://${host}:OTHER/NAME`,
  ),
  "https://127.0.0.1:OWN/NAME",
  "http://127.0.0.1/NAME",
  "http://localhost:OWN/NAME",
  "http://[::ffff:127.0.0.1]:OWN/NAME",
  "http://169.254.169.254/latest/meta-data/",
  "file:///etc/passwd",
  "data:application/zip;base64,UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==",
  "javascript:alert(1)",
];
const OWN = [
  "http://127.0.0.1:OWN\\@127.0.0.1:OTHER/NAME",
  "http://127.0.0.1:OWN/\n//127.0.0.1:OTHER/NAME",
  "HTTP:\\\\127.0.0.1:OWN/NAME",
  "http://127.0.0.1:0OWN/NAME",
  ...LOOPBACKS.map((host) => `http://${host}:OWN/NAME`),
];

// How many requests the index sees for a project with such an address, and which failure it is.
const REFUSED = "1: origin";
const ASKED = "2: status";
const FOLLOWED = "2: undefined";
const LOOP = "4: origin";

/** How an address has to fare as a file's and as the target of a redirect: refused, or, if it is the index's own in disguise, asked there. */
const ADDRESSES: [address: string, asFile: string, asRedirect: string][] = [
  ...ELSEWHERE.map((address): [string, string, string] => [address, REFUSED, REFUSED]),
  ...OWN.map((address): [string, string, string] => [address, ASKED, FOLLOWED]),
  ["http:127.0.0.1:OWN/NAME", ASKED, LOOP], // Relative to an address of the same scheme.
  ["http://①②⑦.0.0.1:OWN/NAME", ASKED, REFUSED], // A header cannot carry it.
  ["http://user:word@127.0.0.1:OWN/NAME", REFUSED, FOLLOWED], // Its credentials are not sent.
  ["/NAME", REFUSED, FOLLOWED],
  ["", REFUSED, LOOP],
];

/** What an index may answer that sends its client elsewhere. */
const STATUSES = [301, 302, 303, 307, 308];

/** Surveys one project for each such address, as the place of its wheel, of its document and of its bytes. */
export const hosts: Ordeal = {
  promise: "no other host is ever connected to",
  counts: "(no count) addresses that lead elsewhere",
  inTests: 1,
  count: 1,
  async run({ scratch, broken }) {
    let [connections, credentials] = [0, 0];
    const asked: Record<string, number> = {};
    const stranger = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    const other = await portOf(stranger);
    const index = createHttpServer((request, response) => {
      if (request.headers.authorization !== undefined) credentials += 1;
      const [project = "", kind, nth] = /(foreign|moved|sent)(\d+)/.exec(request.url!) ?? [];
      asked[project] = (asked[project] ?? 0) + 1;
      const address = (ADDRESSES[Number(nth)]?.[0] ?? "")
        .replaceAll("OWN", String(own))
        .replaceAll("OTHER", String(other))
        .replaceAll("NAME", nameOf(project));
      const isDocument = request.url!.startsWith("/pypi/");
      const honest = `http://127.0.0.1:${own}/${nameOf(project)}`;
      if (kind === (isDocument ? "moved" : "sent")) {
        const location = Buffer.from(address.replace(/[\r\n\0]/g, "")).toString("latin1");
        response.writeHead(STATUSES[Number(nth) % STATUSES.length]!, { location }).end();
      } else if (isDocument && kind) response.end(documentOf(project, kind === "foreign" ? address : honest));
      else response.writeHead(404).end();
    });
    const own = await portOf(index);
    const fates = ADDRESSES.flatMap(([, asFile, asRedirect], nth) => [
      [`foreign${nth}`, asFile],
      [`moved${nth}`, asRedirect],
      [`sent${nth}`, "2: origin"],
    ]) as [project: string, fate: string][];
    const request = requestTo({ url: `http://127.0.0.1:${own}`, rankingUrl: "" }, scratch, {
      ranking: null,
      projects: fates.map(([project]) => project).join(","),
      backoff: { base: 1, cap: 2 },
    });
    const code = await survey(request);
    if (code !== 3) broken(`exit ${code}, expected 3`);
    if (connections > 0) broken(`${connections} connections to a host that was not allowed`);
    if (credentials > 0) broken(`credentials sent ${credentials} times`);
    const failures = rows(request.database, "SELECT project, kind FROM failure");
    for (const [project, fate] of fates) {
      const found = `${asked[project]}: ${failures.find((failure) => failure.project === project)?.kind}`;
      if (found !== fate) broken(`${project} ended as ${found}, expected ${fate}`);
    }
    if (rows(request.database, "SELECT 1 FROM wheel WHERE reader IS NOT NULL").length > 0) broken("a wheel was read");
    index.closeAllConnections();
    for (const server of [stranger, index]) server.close();
    return {
      "addresses that lead elsewhere, or home in disguise": fates.length,
      "connections elsewhere": connections,
    };
  },
};

function documentOf(project: string, url: string): string {
  const filename = nameOf(project);
  const { sha256, size } = wheel(filename, { "core.pyd": project });
  return JSON.stringify({ info: { version: "1.0" }, urls: [{ filename, url, size, digests: { sha256 } }] });
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
