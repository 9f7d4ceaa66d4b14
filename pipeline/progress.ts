// What a person sees of long work, on stderr: a bar with its estimate on a terminal, now and then a plain line elsewhere.
import { countDone, grouped, type Unit } from "./words.ts";

/** How far a stage is, and what these numbers count. */
export interface Progressed {
  done: number;
  pending: number;
  failed: number;
  unit: Unit;
}

/** The voice of a run: everything it says goes to people, never into data. */
export interface Progress {
  begin(title: string): void;
  /** Says how far it is, computing that only when it is time to say so again. */
  update(tally: () => Progressed): void;
  end(summary: string): void;
  say(line: string): void;
  /** Ends with the terminal in order and the last counts in sight, however the run has ended. */
  close(): void;
}

/** A progress that says nothing to anybody. */
export const SILENT: Progress = { begin() {}, update() {}, end() {}, say() {}, close() {} };

const BAR_INTERVAL = 200; // Milliseconds.
const LINE_INTERVAL = 10_000;
const WIDEST_BAR = 40;
const NARROWEST_BAR = 8;
const ERASE = "\r\x1b[K"; // Back to the first column, and the rest of the line away.

/** Progress for a terminal or a log, whichever the stream is. */
export function showProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let title = "";
  let began = 0;
  let next = 0;
  let bar = "";
  const draw = (line: string) => {
    bar = line;
    stream.write(`${ERASE}${bar}`);
  };
  const say = (line: string) => void stream.write(`${bar && ERASE}${printable(line)}\n${bar}`);
  return {
    begin(text) {
      title = text;
      began = performance.now();
      next = stream.isTTY ? 0 : began + LINE_INTERVAL;
    },
    update(tally) {
      const now = performance.now();
      if (now < next) return;
      next = now + (stream.isTTY ? BAR_INTERVAL : LINE_INTERVAL);
      const found = tally();
      const left = estimate(found, now - began);
      if (stream.isTTY) draw(barLine(title, found, left, stream.columns - 1));
      else say(logLine(title, found, left));
    },
    end(summary) {
      if (bar) draw("");
      say(`${title}: ${summary}`);
    },
    say,
    close() {
      if (bar) stream.write(`${ERASE}${bar}\n`); // Once more, as a terminal writes ^C behind it.
      bar = "";
    },
  };
}

function logLine(title: string, { done, pending, failed, unit }: Progressed, left: string): string {
  return `${title}: ${countDone(done, unit)}, ${grouped(pending)} to do, ${grouped(failed)} failed${left}`;
}

/** A bar in at most so many columns: where they are few the bar goes first, then the title, then words; the numbers stay. */
export function barLine(title: string, found: Progressed, left: string, columns: number): string {
  const { done, failed, unit } = found;
  const total = done + found.pending + failed;
  const numbers = `${grouped(done)}/${grouped(total)}`;
  const failures = `, ${grouped(failed)} failed`;
  const words = `${numbers} ${unit.thing}s ${unit.deed}${failures}${left}`;
  const room = Math.min(WIDEST_BAR, columns - `${title}  ${words}`.length);
  if (room >= NARROWEST_BAR) {
    const full = Math.round((room * done) / Math.max(1, total));
    return `${title} ${"█".repeat(full)}${"░".repeat(room - full)} ${words}`;
  }
  const short = `${numbers}${failures}${left}`;
  const lines = [`${title} ${words}`, words, `${title} ${short}`, short, `${numbers}${failures}`];
  return lines.find(({ length }) => length <= columns) ?? numbers;
}

function estimate({ done, pending }: Progressed, milliseconds: number): string {
  return done > 0 && pending > 0 ? `, about ${duration((milliseconds / done) * pending)} left` : "";
}

function duration(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 1.5) return `${Math.round(minutes * 60)} s`;
  return minutes < 90 ? `${Math.round(minutes)} min` : `${Math.round(minutes / 60)} h`;
}

/** A line made inert for terminals and CI logs: nothing that is not printable, nothing that begins a workflow command. */
export function printable(line: string): string {
  return line
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, "\u{fffd}")
    .replace(/^(\s*):(?=:)/, "$1\u{fffd}")
    .replace(/##(?=\[|vso\[|teamcity\[)/g, "#\u{fffd}");
}
