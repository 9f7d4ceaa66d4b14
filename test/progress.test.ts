// What a run says of how far it is: everywhere with what the numbers count, and on the narrowest terminal with the numbers.
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { barLine, type Progressed, showProgress } from "../pipeline/progress.ts";
import { count, countDone } from "../pipeline/words.ts";

const FOUND: Progressed = { done: 1260, pending: 240, failed: 12, unit: { thing: "wheel", deed: "read" } };
const LEFT = ", about 25 min left";

test("numbers are told with what they count, and with their digits in groups", () => {
  assert.equal(count(1, "item"), "1 item");
  assert.equal(countDone(0, FOUND.unit), "0 wheels read");
  assert.equal(countDone(1234567, FOUND.unit), "1,234,567 wheels read");
});

for (const [columns, line] of [
  [79, "members ██████████████░░░ 1,260/1,512 wheels read, 12 failed, about 25 min left"],
  [64, "members 1,260/1,512 wheels read, 12 failed, about 25 min left"],
  [54, "1,260/1,512 wheels read, 12 failed, about 25 min left"],
  [49, "members 1,260/1,512, 12 failed, about 25 min left"],
  [43, "1,260/1,512, 12 failed, about 25 min left"],
  [30, "1,260/1,512, 12 failed"],
  [10, "1,260/1,512"],
] as const) {
  test(`on ${columns} columns the bar keeps its numbers`, () =>
    assert.equal(barLine("members", FOUND, LEFT, columns), line));
}

/** What stands on a terminal of 44 columns after this. */
function screen(work: (progress: ReturnType<typeof showProgress>) => void): string[] {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 44 });
  work(showProgress(stream as unknown as NodeJS.WriteStream));
  const lines = (stream.read() as Buffer).toString("utf8").split("\n");
  return lines.map((line) => line.slice(line.lastIndexOf("\r\x1b[K") + 1).replace("\x1b[K", ""));
}

test("a run that is stopped leaves the bar's last counts in sight, one that ends its summary", () => {
  const at = (done: number) => () => ({ ...FOUND, done, pending: 0 });
  assert.deepEqual(
    screen((progress) => {
      progress.begin("members");
      progress.update(at(3));
      progress.say("a line");
      progress.close();
      progress.say("stopped");
    }),
    ["a line", "members 3/15 wheels read, 12 failed", "stopped", ""],
  );
  assert.deepEqual(
    screen((progress) => {
      progress.begin("members");
      progress.update(at(3));
      progress.end("15 wheels read");
      progress.close();
    }),
    ["members: 15 wheels read", ""],
  );
});
