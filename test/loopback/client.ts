// A plain client of the index, for its tests: it decodes nothing, retries nothing and follows nothing.
import { request } from "undici";

/** An answer as it came. */
export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Asks for an address and reads the whole answer. */
export async function ask(
  url: string,
  headers: Record<string, string> = {},
  method: "GET" | "HEAD" | "POST" = "GET",
): Promise<Reply> {
  const response = await request(url, { headers, method, reset: true });
  const body = Buffer.from(await response.body.arrayBuffer());
  return { status: response.statusCode, headers: response.headers, body };
}
