// What one item asks for: documents, through redirects, and ranges of one file.
import { ItemError } from "../errors.ts";
import {
  type BodyReader,
  type Cost,
  counted,
  type DocumentAnswer,
  type Range,
  readDocument,
  readRange,
  readSize,
  strongEtag,
} from "./answers.ts";
import { type Ask, NO_CACHE } from "./exchange.ts";
import type { Hosts } from "./hosts.ts";
import { WrongAnswer } from "./retries.ts";
import type { Timeouts } from "./timeouts.ts";

/** The door as one item sees it: everything that is asked through it is added to its cost. */
export interface Client {
  readonly hosts: Hosts;
  readonly cost: Cost;
  /** Has a document of at most `limit` bytes read, unless it still has the ETag; `fresh` asks past every cache on the way. */
  getDocument<T>(url: URL, options: DocumentOptions, read: BodyReader<T>): Promise<DocumentAnswer<T>>;
  /** Exactly the range asked for; a server that sends the whole file instead has it handed to `onWhole`. */
  getRange<T>(url: URL, range: Range, onWhole: BodyReader<T>): Promise<Buffer | T>;
  /** The size in bytes of a file of which nothing is known, by a range of its first byte. */
  getSize(url: URL): Promise<number>;
}

interface DocumentOptions {
  etag: string | null;
  limit: number;
  fresh?: boolean;
  /** The media type that is asked for; JSON if none is given. */
  accept?: string;
}

const MOST_REDIRECTS = 3;

/** A client that has asked for nothing yet, and asks in this way. */
export function openClient(hosts: Hosts, timeouts: Timeouts, ask: Ask): Client {
  const cost: Cost = { requests: 0, bytes: 0 };
  let etag: string | null = null; // Of the one file whose ranges the item asks for.
  return {
    hosts,
    cost,
    async getDocument(url, { etag, limit, fresh = false, accept = "application/json" }, read) {
      const headers = {
        accept,
        "accept-encoding": "gzip, deflate",
        ...(etag && { "if-none-match": etag }),
        ...(fresh && NO_CACHE),
      };
      let target = url;
      for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
        const answer = await ask({
          url: target,
          headers,
          wrong: "status",
          cost,
          deadline: timeouts.document,
          read: (response) => readDocument(response, target, limit, cost, read),
        });
        if (!(answer instanceof URL)) return answer;
        if (answer.origin !== url.origin)
          throw new ItemError("origin", `${url.href}: redirected to ${answer.href}, expected ${url.origin}`);
        target = answer;
      }
      throw new ItemError("origin", `${url.href}: more than ${MOST_REDIRECTS} redirects, expected a document`);
    },
    getSize(url) {
      const headers = { range: "bytes=0-0", "accept-encoding": "identity" };
      const deadline = timeouts.range;
      return ask({ url, headers, wrong: "range", cost, deadline, read: async (response) => readSize(response, url) });
    },
    getRange(url, range, onWhole) {
      const headers = { range: `bytes=${range.start}-${range.end - 1}`, "accept-encoding": "identity" };
      return ask({
        url,
        headers,
        wrong: "range",
        cost,
        deadline: timeouts.range,
        async read(response, putOff) {
          const found = strongEtag(response);
          if (etag !== null && etag !== found)
            throw new WrongAnswer("another ETag than before, expected the same file");
          const bytes = await readRange(response, url, range, cost);
          etag = found;
          if (bytes !== "whole") return bytes;
          putOff(timeouts.range + range.size * timeouts.byte);
          return onWhole(counted(response.body, cost));
        },
      });
    },
  };
}
