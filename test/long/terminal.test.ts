// The program on a terminal, which Python makes: the bar, what is left of it after Ctrl-C, and a command that waits for its input.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { commandLine, indexFor, requestTo, scratchFolder } from "../harness.ts";
import { recordedSource } from "../loopback/recorded-source.ts";

// Arguments: columns, a text to wait for, what is typed when it is seen, the program. Writes what it saw, and the exit code behind it.
const TERMINAL = `
import fcntl, os, pty, struct, sys, termios
columns, awaited, typed, *words = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(columns), 0, 0))
    os.execvp(words[0], words)
seen = b""
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    if typed and awaited in seen.decode("utf8", "replace"):
        os.write(terminal, typed.encode())
        typed = ""
sys.stdout.buffer.write(seen)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

const COLUMNS = 44;
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const options = {
  timeout: 60_000,
  skip: spawnSync("python3", ["-c", "import pty"]).status === 0 ? false : "no python3 with pty",
};

/** Runs the program on a terminal of 44 columns, and types something once a text is seen; gives all that was written, and the exit code. */
async function onTerminal(
  { signal }: TestContext,
  words: string[],
  awaited = "",
  typed = "",
): Promise<{ seen: string; code: number }> {
  const program = [process.execPath, "--import", "tsx", "pipeline/cli.ts", ...words];
  const child = spawn("python3", ["-c", TERMINAL, String(COLUMNS), awaited, typed, ...program], { signal });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  await once(child, "close");
  const [, seen, code] = /^(.*?)(-?\d+)\n$/s.exec(output)!;
  return { seen: seen!, code: Number(code) };
}

/** Each state that a line was in, one after the other. */
const drawn = (seen: string) => seen.split(/\r\n|\r\x1b\[K/);

test("a run goes to its end, and its bar never needs more columns than there are", options, async (t) => {
  const request = requestTo(await indexFor(t, recordedSource(), { latency: 20 }), scratchFolder(t), { top: 20 });
  const { seen, code } = await onTerminal(t, commandLine(request));
  assert.equal(code, 0, seen);
  const bars = drawn(seen).filter((line) => /\d\/\d+( \w+ \w+)?,/.test(line));
  assert.ok(bars.length >= 2, seen);
  for (const bar of bars) {
    assert.ok(bar.length < COLUMNS, bar);
    assert.match(bar, /\d+\/\d+( \w+ \w+)?, \d+ failed(, about \d+ (s|min) left)?$/);
  }
});

test("after Ctrl-C the bar's last counts stay", options, async (t) => {
  const index = await indexFor(t, recordedSource(), { latency: 100 });
  const request = requestTo(index, scratchFolder(t), { top: 20, concurrency: 2 });
  const { seen, code } = await onTerminal(t, commandLine(request), "wheels read, 0 failed", CTRL_C);
  assert.equal(code, 130, seen);
  const [bar, reason] = drawn(seen).slice(-3);
  assert.match(bar!, /^(members )?[1-9]\d*\/\d+ wheels read, 0 failed/);
  assert.match(reason!, /^stopped by SIGINT; run again to go on$/);
});

test("name says what it waits for, and reads lines until Ctrl-D", options, async (t) => {
  const { seen, code } = await onTerminal(t, ["name"], "Ctrl-D", `libz.so.1\n${CTRL_D}`);
  assert.equal(code, 0, seen);
  assert.match(seen, /^paths, one a line; end with Ctrl-D\r\n/);
  assert.match(seen, /"library":"libz\.so"/);
});
