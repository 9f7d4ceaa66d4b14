// Answers that are no HTTP, or none that can be decoded: each is told as what it is, and none is taken for a bug.
import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";
import { EXIT, ItemError, RunError } from "../pipeline/errors.ts";
import { classify } from "../pipeline/network/retries.ts";
import { answering, doorTo, listening } from "./doors.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const PACKED = gzipSync("{}");

function encoded(encoding: string, body: Uint8Array): Buffer {
  const head = `${OK}content-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function head(...lines: string[]): string {
  return [...lines, "", ""].join("\r\n");
}

const ANSWERS: [what: string, answer: string | Uint8Array, tries: number, message: RegExp][] = [
  ["nothing", "", 5, /UND_ERR_SOCKET/],
  ["another protocol", "SSH-2.0-OpenSSH_9.9\r\n", 5, /does not match the HTTP/],
  ["a change of protocol", head("HTTP/1.1 101 Other", "upgrade: x", "connection: upgrade"), 5, /UND_ERR_SOCKET/],
  ["headers too long", `${OK}x: ${"x".repeat(20_000)}`, 5, /UND_ERR_HEADERS_OVERFLOW/],
  ["two lengths", `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`, 5, /UND_ERR_RES_CONTENT_LENGTH_MISMATCH/],
  ["a length that is no number", `${OK}content-length: two\r\n\r\n{}`, 5, /Invalid character in Content-Length/],
  ["fewer bytes than the length", `${OK}content-length: 3\r\n\r\n{}`, 5, /UND_ERR_/],
  ["a chunk without a size", `${OK}transfer-encoding: chunked\r\n\r\nxyz\r\n`, 5, /Invalid character in chunk size/],
  ["chunks without an end", `${OK}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`, 5, /UND_ERR_/],
  ["gzip that is none", encoded("gzip", Buffer.from("{}")), 5, /Z_/],
  ["gzip cut short", encoded("gzip", PACKED.subarray(0, -9)), 5, /Z_BUF_ERROR/],
  ["a dictionary", encoded("deflate", deflateSync("{}", { dictionary: Buffer.from("{}") })), 5, /Z_NEED_DICT/],
  ["an unknown encoding", encoded("br", Buffer.from("{}")), 2, /encoding "br", expected gzip/],
  ["an encoding named like a property", encoded("constructor", Buffer.from("{}")), 2, /encoding "constructor"/],
  ["an unknown status", head("HTTP/1.1 799 What", "content-length: 0"), 1, /status 799/],
  ["a redirect to nowhere", head("HTTP/1.1 302 Found", "location: http://", "content-length: 0"), 1, /an address/],
];

for (const [what, answer, tries, message] of ANSWERS) {
  test(`${what} for an answer, asked for ${tries} times, is a failure`, async (t) => {
    let asked = 0;
    const server = answering(answer).on("connection", () => (asked += 1));
    const url = `http://${await listening(t, server)}`;
    await assert.rejects(
      doorTo(t, url).client().getDocument(new URL(url), { etag: null, limit: 100 }, text),
      (error) => {
        const known = error instanceof ItemError || (error instanceof RunError && error.exitCode === EXIT.source);
        assert.ok(known, String(error));
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
    assert.equal(asked, tries);
  });
}

for (const [what, answer] of [
  ["in capitals", encoded("GZIP", PACKED)],
  ["by deflate", encoded("deflate", deflateSync("{}"))],
  ["that ends with the connection", `${OK}\r\n{}`],
  ["after other headers", `HTTP/1.1 103 Early Hints\r\n\r\n${OK}content-length: 2\r\n\r\n{}`],
] as [string, string | Uint8Array][]) {
  test(`a document ${what} is read`, async (t) => {
    const url = `http://${await listening(t, answering(answer))}`;
    const found = await doorTo(t, url).client().getDocument(new URL(url), { etag: null, limit: 100 }, text);
    assert.deepEqual(found, { status: 200, etag: null, content: "{}" });
  });
}

test("what is thrown is sorted by its code: broken connections, certificates, and bugs", () => {
  const sorted = (code: string) => {
    const error = classify(Object.assign(new Error("said"), { code }), "https://x");
    return error instanceof RunError ? "certificate" : (error as Error).constructor.name;
  };
  for (const [expected, codes] of [
    [
      "Transient",
      "ECONNRESET ENETDOWN EHOSTUNREACH EPROTO EAI_AGAIN EAI_FAIL ENOTFOUND UND_ERR_INFO UND_ERR_DESTROYED",
    ],
    ["Transient", "ERR_SSL_WRONG_VERSION_NUMBER ERR_STREAM_PREMATURE_CLOSE Z_MEM_ERROR"],
    [
      "certificate",
      "CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN INVALID_CA HOSTNAME_MISMATCH",
    ],
    ["certificate", "ERR_TLS_CERT_ALTNAME_INVALID UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
    ["Error", "UND_ERR_INVALID_ARG UND_ERR_INVALID_RETURN_VALUE ENOSPC ERR_INVALID_ARG_TYPE"],
  ] as const) {
    for (const code of codes.split(" ")) assert.equal(sorted(code), expected, code);
  }
});

test("a reader that fails is not asked again", async (t) => {
  let asked = 0;
  const server = answering(`${OK}content-length: 2\r\n\r\n{}`).on("connection", () => (asked += 1));
  const url = `http://${await listening(t, server)}`;
  const read = async () => assert.fail("a bug of the reader's");
  await assert.rejects(doorTo(t, url).client().getDocument(new URL(url), { etag: null, limit: 100 }, read), /a bug/);
  assert.equal(asked, 1);
});
