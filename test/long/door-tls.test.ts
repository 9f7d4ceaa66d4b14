// Surveys over https, with certificates made for the occasion: one that can be verified, and those that end the run.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { EXIT, RunError } from "../../pipeline/errors.ts";
import { projectUrl } from "../../pipeline/network/hosts.ts";
import { doorTo, listening } from "../doors.ts";
import { cli, commandLine, indexFor, project, requestTo, rows, scratchFolder, wheel } from "../harness.ts";
import { ask } from "../loopback/client.ts";
import { memorySource } from "../loopback/source.ts";

const NO_OPENSSL = spawnSync("openssl", ["version"]).status === 0 ? false : "no openssl here";
const SOURCE = memorySource([project("good", [wheel("good-1.0-cp312-cp312-win32.whl", { "good.libs/z.dll": "z" })])]);
const CONFIG = (folder: string, host: string) => `
[ca]
default_ca = own
[own]
database = ${folder}/index.txt
new_certs_dir = ${folder}
rand_serial = yes
default_md = sha256
policy = names
x509_extensions = extensions
[names]
commonName = supplied
[extensions]
subjectAltName = ${host}
[req]
distinguished_name = names
`;

/** A certificate that signs itself, for a host (as a subjectAltName) and up to a day (YYYYMMDD), and its key, as PEM. */
function certificate(t: TestContext, host: string, end: string): { cert: string; key: string; path: string } {
  const folder = scratchFolder(t);
  const at = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  writeFileSync(at("config"), CONFIG(folder, host));
  writeFileSync(at("index.txt"), "");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key"];
  openssl("req", "-new", ...key, "-subj", "/CN=loopback", "-config", "config", "-out", "request");
  const dates = ["-startdate", "20200101000000Z", "-enddate", `${end}000000Z`];
  const signing = ["-selfsign", "-batch", "-notext", "-keyfile", "key"];
  openssl("ca", "-config", "config", ...signing, ...dates, "-in", "request", "-out", "certificate");
  return {
    cert: readFileSync(at("certificate"), "utf8"),
    key: readFileSync(at("key"), "utf8"),
    path: at("certificate"),
  };
}

/** Surveys an index that shows this certificate, in a process that trusts it or not; and how often it was connected to. */
async function surveyOver(t: TestContext, { cert, key, path }: ReturnType<typeof certificate>, trusted: boolean) {
  const plain = await indexFor(t, SOURCE);
  const server = createServer({ cert, key }, async (request, response) => {
    const { "accept-encoding": _, host, ...headers } = request.headers as Record<string, string>;
    const { status, headers: answered, body } = await ask(plain.url + request.url, headers);
    const isDocument = answered["content-type"] === "application/json";
    const own = isDocument ? Buffer.from(body.toString().replaceAll(plain.url, `https://${host}`)) : body;
    response.writeHead(status, { ...answered, "content-length": own.length }).end(own);
  });
  let connections = 0;
  server.on("connection", () => (connections += 1));
  const url = `https://${await listening(t, server)}`;
  const rankingUrl = trusted ? `${url}/top-pypi-packages.json` : plain.rankingUrl;
  const request = requestTo({ url, rankingUrl }, scratchFolder(t), { top: 1 });
  if (trusted) process.env.NODE_EXTRA_CA_CERTS = path;
  else delete process.env.NODE_EXTRA_CA_CERTS;
  const result = await cli(commandLine(request));
  delete process.env.NODE_EXTRA_CA_CERTS;
  return { ...result, connections, request };
}

test("a survey over https with a certificate that can be verified is complete", { skip: NO_OPENSSL }, async (t) => {
  const { code, stderr, request } = await surveyOver(t, certificate(t, "IP:127.0.0.1", "20991231"), true);
  assert.equal(code, 0, stderr);
  assert.deepEqual(rows(request.database, "SELECT url GLOB 'https://127.0.0.1:*' AS secure FROM surveyed_wheel"), [
    { secure: 1 },
  ]);
});

for (const [what, host, end, trusted, message] of [
  ["that nobody vouches for", "IP:127.0.0.1", "20991231", false, /DEPTH_ZERO_SELF_SIGNED_CERT/],
  ["that has expired", "IP:127.0.0.1", "20200102", true, /CERT_HAS_EXPIRED/],
  ["of another host", "DNS:other.example", "20991231", true, /ERR_TLS_CERT_ALTNAME_INVALID/],
] as const) {
  test(`a certificate ${what} ends the run with 4 after one connection`, { skip: NO_OPENSSL }, async (t) => {
    const { code, stderr, connections } = await surveyOver(t, certificate(t, host, end), trusted);
    assert.equal(code, 4, stderr);
    const line = stderr.trim().split("\n").at(-1)!;
    assert.match(line, message);
    assert.match(line, /https:\/\/127\.0\.0\.1:\d+: .*expected a certificate that can be verified$/);
    assert.equal(connections, 1);
  });
}

test("a server that does not speak TLS is asked again, and then ends the run with 4", async (t) => {
  const { url } = await indexFor(t, SOURCE);
  const client = doorTo(t, url.replace("http:", "https:")).client();
  await assert.rejects(
    client.getDocument(projectUrl(client.hosts.index, "good"), { etag: null, limit: 1 }, text),
    (error) => error instanceof RunError && error.exitCode === EXIT.source && /SSL.*after 5 tries/.test(error.message),
  );
});
