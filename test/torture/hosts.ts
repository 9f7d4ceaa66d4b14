// Addresses that lead elsewhere, on an index and in redirects: another server stands there and must never see a connection.
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { requestTo, rows, survey, wheel } from "../harness.ts";
import { type Findings, type Hardness, inScratch } from "./ordeal.ts";

const NAME = (project: string) => `${project}-1.0-cp312-cp312-win_amd64.whl`;

/** An address that is given instead of an honest one, of the index at `own` and the stranger at `other` (host:port each). */
interface Address {
  at(own: string, other: string): string;
  /** Whether it is the index's own in disguise, and so asked there: as a file's address, as the target of a redirect. */
  file?: "own";
  redirect?: "own" | "loop";
}

const LOOPBACK = "127.0.0.1";
const NOTATIONS = ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1."]; // Of the same address, to WHATWG URLs.
const OWN = { file: "own", redirect: "own" } as const;

const ADDRESSES: Address[] = [
  { at: (_, other) => `http://${other}/a.whl` },
  { at: (_, other) => `//${other}/a.whl` },
  { at: (_, other) => `HTTP://${other}/a.whl` },
  { at: (_, other) => `https://${other}/a.whl` },
  { at: (_, other) => `ftp://${other}/a.whl` },
  { at: (own, other) => `http://${own}@${other}/a.whl` },
  { at: (own, other) => `http://user:word@${other}/${own}/a.whl` },
  { at: (own, other) => `http://${own}\\@${other}/a.whl`, ...OWN },
  { at: (own, other) => `http://${other}\\@${own}/a.whl` },
  { at: (own, other) => `http://${other}#@${own}/a.whl` },
  { at: (own, other) => `http://${other}?@${own}/a.whl` },
  { at: (own, other) => `http://${own}%40${other}/a.whl` },
  { at: (own, other) => `http://${own}\t@${other}/a.whl` },
  { at: (_, other) => ` \u0000http://${other}/a.whl` },
  { at: (_, other) => `http://${other.replace(LOOPBACK, "localhost")}/a.whl` },
  { at: (_, other) => `http://${other.replace(LOOPBACK, "localhost.")}/a.whl` },
  ...NOTATIONS.map((host) => ({ at: (_: string, other: string) => `http://${other.replace(LOOPBACK, host)}/a.whl` })),
  { at: (_, other) => `http://${other.replace(LOOPBACK, "[::ffff:127.0.0.1]")}/a.whl` },
  { at: (_, other) => `http://${other.replace(LOOPBACK, "①②⑦.0.0.1")}/a.whl` },
  { at: (_, other) => `http://${other.replace(LOOPBACK, "0.0.0.0")}/a.whl` },
  { at: (own) => `https://${own}/a.whl` },
  { at: (own) => `http://${own.replace(/:.*/, "")}/a.whl` },
  { at: (own) => `http://${own.replace(LOOPBACK, "localhost")}/a.whl` },
  { at: (own) => `http://${own.replace(LOOPBACK, "[::ffff:127.0.0.1]")}/a.whl` },
  { at: () => "http://169.254.169.254/latest/meta-data/" },
  { at: () => "file:///etc/passwd" },
  { at: () => "data:application/zip;base64,UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==" },
  { at: () => "javascript:alert(1)" },
  { at: (own, other) => `http://${own}/\n//${other}/a.whl`, ...OWN },
  { at: (own) => `HTTP:\\\\${own}/a.whl`, ...OWN },
  { at: (own) => `http:${own}/a.whl`, file: "own", redirect: "loop" }, // Relative to an address of the same scheme.
  { at: (own) => `http://${own.replace(":", ":0")}/a.whl`, ...OWN },
  ...NOTATIONS.map((host) => ({ at: (own: string) => `http://${own.replace(LOOPBACK, host)}/a.whl`, ...OWN })),
  { at: (own) => `http://${own.replace(LOOPBACK, "①②⑦.0.0.1")}/a.whl`, file: "own" }, // A header cannot carry it.
  { at: (own) => `http://user:word@${own}/a.whl`, redirect: "own" }, // Its credentials are not sent.
  { at: () => "/a.whl", redirect: "own" },
  { at: () => "", redirect: "loop" },
];

/** What an index may answer that sends its client elsewhere. */
const STATUSES = [301, 302, 303, 307, 308];

/** Surveys one project for each such address, as the place of its wheel, of its document and of its bytes. */
export async function run(_: Hardness): Promise<Findings> {
  return inScratch(async (scratch) => {
    let connections = 0;
    const stranger = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    const other = await listening(stranger);
    let asked = 0;
    let credentials = 0;
    const index = createHttpServer((request, response) => {
      asked += 1;
      if (request.headers.authorization !== undefined) credentials += 1;
      const own = request.headers.host!;
      const [kind, nth] = /(foreign|moved|sent)(\d+)/.exec(request.url ?? "")?.slice(1) ?? [];
      const status = STATUSES[Number(nth) % STATUSES.length]!;
      const address = ADDRESSES[Number(nth)]?.at(own, other) ?? "";
      const location = Buffer.from(address.replace(/[\r\n\0]/g, "")).toString("latin1");
      const isDocument = request.url!.startsWith("/pypi/");
      if (kind === undefined) response.writeHead(404).end();
      else if (kind === (isDocument ? "moved" : "sent")) response.writeHead(status, { location }).end();
      else if (!isDocument) response.writeHead(404).end();
      else
        response.end(documentOf(`${kind}${nth}`, kind === "foreign" ? address : `http://${own}/${NAME(kind + nth)}`));
    });
    const own = await listening(index);
    const expected = expectations();
    const projects = [...expected.keys()];
    const request = requestTo({ url: `http://${own}`, rankingUrl: "" }, scratch, {
      ranking: null,
      projects: projects.join(","),
      database: join(scratch, "survey.sqlite"),
      concurrency: 4,
      backoff: { base: 1, cap: 2 },
    });
    const violations: string[] = [];
    const code = await survey(request).catch((error: unknown) => violations.push(`hosts: ${error}`));
    if (code !== 3) violations.push(`hosts: exit ${code}, expected 3`);
    if (connections > 0) violations.push(`hosts: ${connections} connections to a host that was not allowed`);
    if (credentials > 0) violations.push(`hosts: credentials sent ${credentials} times`);
    for (const [name, wanted] of expected) {
      const found = fateOf(name, request.database);
      if (found !== wanted) violations.push(`hosts: ${name} ended as ${found}, expected ${wanted}`);
    }
    const read = rows(request.database, "SELECT * FROM wheel WHERE reader IS NOT NULL").length;
    if (read > 0) violations.push(`hosts: ${read} wheels read`);
    await Promise.all([closed(stranger), closed(index)]);
    return {
      figures: {
        "addresses that lead elsewhere, or home in disguise": projects.length,
        "requests to the index": asked,
        "connections elsewhere": connections,
      },
      violations,
    };
  });
}

/** How each project has to end: the requests for its document and for its wheel, and the kind of its failure, if any. */
function expectations(): Map<string, string> {
  const fates = ADDRESSES.flatMap(({ file, redirect }, nth): [string, string][] => [
    [`foreign${nth}`, file === "own" ? "1 + 1 requests: status" : "1 + 0 requests: origin"],
    [
      `moved${nth}`,
      { own: "2 + 0 requests", loop: "4 + 0 requests: origin", no: "1 + 0 requests: origin" }[redirect ?? "no"],
    ],
    [`sent${nth}`, "1 + 1 requests: origin"],
  ]);
  return new Map(fates);
}

function fateOf(project: string, database: string): string {
  const one = (sql: string) => Object.values(rows(database, sql)[0] ?? {})[0];
  const cost = (stage: string, item: string) =>
    one(`SELECT requests FROM cost WHERE stage = '${stage}' AND item = '${item}'`) ?? 0;
  const kind = one(`SELECT kind FROM failure WHERE project = '${project}'`);
  const requests = `${cost("releases", project)} + ${cost("members", NAME(project))} requests`;
  return kind === undefined ? requests : `${requests}: ${kind}`;
}

function documentOf(name: string, url: string): string {
  const { sha256, size } = wheel(NAME(name), { "core.pyd": name });
  return JSON.stringify({ info: { version: "1.0" }, urls: [{ filename: NAME(name), url, size, digests: { sha256 } }] });
}

async function listening(server: Server | ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closed(server: Server | ReturnType<typeof createServer>): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  if ("closeAllConnections" in server) server.closeAllConnections();
  return done;
}
