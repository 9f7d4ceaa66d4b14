// Addresses that lead elsewhere, on an index and in redirects: another server stands there and must never see a connection.
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { requestTo, rows, survey, wheel } from "../harness.ts";
import { type Findings, type Hardness, inScratch } from "./ordeal.ts";

const NAME = (project: string) => `${project}-1.0-cp312-cp312-win_amd64.whl`;

/** Where a wheel may be said to be, of the index at `own` and the stranger at `other` (host:port each). */
const ADDRESSES: ((own: string, other: string) => string)[] = [
  (_, other) => `http://${other}/a.whl`,
  (_, other) => `//${other}/a.whl`,
  (_, other) => `HTTP://${other}/a.whl`,
  (_, other) => `https://${other}/a.whl`,
  (_, other) => `ftp://${other}/a.whl`,
  (own, other) => `http://${own}@${other}/a.whl`,
  (own, other) => `http://user:word@${other}/${own}/a.whl`,
  (own) => `http://user:word@${own}/a.whl`,
  (own, other) => `http://${own}\\@${other}/a.whl`,
  (own, other) => `http://${other}\\@${own}/a.whl`,
  (own, other) => `http://${other}#@${own}/a.whl`,
  (own, other) => `http://${other}?@${own}/a.whl`,
  (own, other) => `http://${own}%40${other}/a.whl`,
  (own, other) => `http://${own}\t@${other}/a.whl`,
  (own, other) => `http://${own}/\n//${other}/a.whl`,
  (_, other) => ` \u0000http://${other}/a.whl`,
  (_, other) => `http://${other.replace("127.0.0.1", "localhost")}/a.whl`,
  (_, other) => `http://${other.replace("127.0.0.1", "localhost.")}/a.whl`,
  (_, other) => `http://${other.replace("127.0.0.1", "127.1")}/a.whl`,
  (_, other) => `http://${other.replace("127.0.0.1", "0x7f000001")}/a.whl`,
  (_, other) => `http://${other.replace("127.0.0.1", "2130706433")}/a.whl`,
  (_, other) => `http://${other.replace("127.0.0.1", "0177.0.0.1")}/a.whl`,
  (_, other) => `http://${other.replace("127.0.0.1", "[::ffff:127.0.0.1]")}/a.whl`,
  (_, other) => `http://${other.replace("127.0.0.1", "①②⑦.0.0.1")}/a.whl`,
  (_, other) => `http://${other.replace("127.0.0.1", "0.0.0.0")}/a.whl`,
  () => "http://169.254.169.254/latest/meta-data/",
  () => "file:///etc/passwd",
  () => "data:application/zip;base64,UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==",
  () => "javascript:alert(1)",
  () => "",
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
    const index = createHttpServer((request, response) => {
      asked += 1;
      const own = request.headers.host!;
      const [kind, nth] = /(foreign|moved|sent)(\d+)/.exec(request.url ?? "")?.slice(1) ?? [];
      const status = STATUSES[Number(nth) % STATUSES.length]!;
      const address = ADDRESSES[Number(nth)]?.(own, other) ?? "";
      const location = Buffer.from(address.replace(/[\r\n\0]/g, "")).toString("latin1");
      const isDocument = request.url!.startsWith("/pypi/");
      if (kind === undefined) response.writeHead(404).end();
      else if (kind === (isDocument ? "moved" : "sent")) response.writeHead(status, { location }).end();
      else if (!isDocument) response.writeHead(404).end();
      else
        response.end(documentOf(`${kind}${nth}`, kind === "foreign" ? address : `http://${own}/${NAME(kind + nth)}`));
    });
    const own = await listening(index);
    const kinds = ["foreign", "moved", "sent"];
    const projects = kinds.flatMap((kind) => ADDRESSES.map((_, nth) => `${kind}${nth}`));
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
    const read = rows(request.database, "SELECT * FROM wheel WHERE read_for IS NOT NULL").length;
    if (read > 0) violations.push(`hosts: ${read} wheels read`);
    await Promise.all([closed(stranger), closed(index)]);
    return {
      figures: {
        "addresses that lead elsewhere": projects.length,
        "requests to the index": asked,
        "connections elsewhere": connections,
      },
      violations,
    };
  });
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
