// What a person sees of long work, on stderr: a bar with its estimate on a terminal, now and then a plain line elsewhere.
import cliProgress from "cli-progress";

/** How far a stage is, in items. */
export interface Progressed {
  done: number;
  pending: number;
  failed: number;
}

/** The voice of a run: everything it says goes to people, never into data. */
export interface Progress {
  begin(title: string): void;
  /** Says how far it is, computing that only when it is time to say so again. */
  update(tally: () => Progressed): void;
  end(summary: string): void;
  say(line: string): void;
  /** Leaves the terminal as it was, however the run has ended. */
  close(): void;
}

/** A progress that says nothing to anybody. */
export const SILENT: Progress = { begin() {}, update() {}, end() {}, say() {}, close() {} };

const BAR_INTERVAL = 200;
const LINE_INTERVAL = 10_000;

/** Progress for a terminal or a log, whichever the stream is. */
export function showProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? barProgress(stream) : lineProgress(stream);
}

function lineProgress(stream: NodeJS.WriteStream): Progress {
  let title = "";
  let began = 0;
  let next = 0;
  const say = (line: string) => void stream.write(`${printable(line)}\n`);
  return {
    begin(text) {
      title = text;
      began = performance.now();
      next = began + LINE_INTERVAL;
    },
    update(tally) {
      const now = performance.now();
      if (now < next) return;
      next = now + LINE_INTERVAL;
      const { done, pending, failed } = tally();
      say(`${title}: ${done} done, ${pending} to do, ${failed} failed${estimate(done, pending, now - began)}`);
    },
    end: (summary) => say(`${title}: ${summary}`),
    say,
    close() {},
  };
}

function barProgress(stream: NodeJS.WriteStream): Progress {
  const bar = new cliProgress.SingleBar({
    stream,
    format: "{title} {bar} {value}/{total}, {failed} failed{left}",
    hideCursor: false,
    clearOnComplete: true,
    forceRedraw: true,
    gracefulExit: false,
  });
  let title = "";
  let began = 0;
  let next = 0;
  const say = (line: string) => {
    if (bar.isActive) stream.write("\r\x1b[K");
    stream.write(`${printable(line)}\n`);
  };
  return {
    begin(text) {
      title = text;
      began = performance.now();
      next = 0;
    },
    update(tally) {
      const now = performance.now();
      if (now < next) return;
      next = now + BAR_INTERVAL;
      const { done, pending, failed } = tally();
      const shown = { title, failed, left: estimate(done, pending, now - began) };
      if (!bar.isActive) bar.start(done + pending + failed, done, shown);
      bar.setTotal(done + pending + failed);
      bar.update(done, shown);
    },
    end(summary) {
      bar.stop();
      say(`${title}: ${summary}`);
    },
    say,
    close: () => bar.stop(),
  };
}

function estimate(done: number, pending: number, milliseconds: number): string {
  return done > 0 && pending > 0 ? `, about ${duration((milliseconds / done) * pending)} left` : "";
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** A line made inert for terminals and CI logs: nothing that is not printable, nothing that begins a workflow command. */
export function printable(line: string): string {
  return line
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, "\u{fffd}")
    .replace(/^(\s*):(?=:)/, "$1\u{fffd}")
    .replace(/##(?=\[|vso\[|teamcity\[)/g, "#\u{fffd}");
}
