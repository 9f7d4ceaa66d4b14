// The wanted parts of a large JSON object, read out of its bytes as they come: everything is checked as JSON.parse would
// check it, and only what is wanted is built.
import { ItemError } from "../../errors.ts";
import { NEXT, SIGNS, stateOf } from "./json-grammar.ts";

/** What is wanted, in the document's own shape: `true` for a whole value, a list of one for each element, members by name. */
export type Wanted = true | Wanted[] | { [name: string]: Wanted };

/** A scan under way; it throws a SyntaxError as soon as what comes cannot be a JSON object any more. */
export interface JsonScan {
  push(chunk: Buffer): void;
  end(): void;
}

const LARGEST_PART = 1024 * 1024; // Bytes of a wanted value, or of a name beside it, that comes in several chunks.

const START = stateOf("start");
const FIRST_NAME = stateOf("first name");
const NEXT_NAME = stateOf("next name");
const FIRST_VALUE = stateOf("first value");
const NEXT_VALUE = stateOf("next value");
const AFTER = stateOf("after");
const END = stateOf("end");

/**
 * Scans a JSON object and hands out what is wanted as it ends, with the names and numbers that lead to it. An object or
 * list of which parts are wanted comes before them, empty: so the last of two members with one name can be made to count.
 */
export function scanJson(wanted: Wanted, found: (path: (string | number)[], value: unknown) => void): JsonScan {
  let state = START;
  let scanned = 0; // Bytes in the chunks before this one.
  let depth = 0;
  let kinds = Buffer.alloc(64); // A bit for each level of depth: 1 for a list.
  const entered: Wanted[] = []; // The objects and lists of which parts are wanted, from the whole document to here,
  const path: (string | number)[] = []; // and where the scan is in each.
  let part: Wanted | undefined = wanted; // What is wanted of the value that comes next or is under way.
  let mark = -1; // Where in this chunk the name or value begins that is to be read; -1 if none is.
  let held = Buffer.alloc(0); // What came of it in the chunks before,
  let length = 0; // so many bytes.

  function open(isList: boolean, at: number): number {
    if (depth === entered.length && typeof part === "object") {
      if (depth > 0) found([...path], isList ? [] : {});
      if (Array.isArray(part) === isList) {
        entered.push(part);
        path.push(0);
        look(at + 1, elementOf(part));
      } else look(-1, undefined);
    }
    if (depth >> 3 === kinds.length) kinds = Buffer.concat([kinds], 2 * kinds.length);
    const bit = 1 << (depth & 7);
    kinds[depth >> 3]! &= ~bit;
    if (isList) kinds[depth >> 3]! |= bit;
    depth += 1;
    return isList ? FIRST_VALUE : FIRST_NAME;
  }

  function close(isList: boolean, before: number, chunk: Buffer, at: number): number {
    if (isList !== inList()) throw refused(chunk, at);
    if (depth === entered.length) {
      if (before !== FIRST_VALUE) take(chunk, at);
      entered.pop();
      path.pop();
      look(-1, undefined);
    }
    depth -= 1;
    return depth === 0 ? END : AFTER;
  }

  function goOn(chunk: Buffer, at: number): number {
    const isList = inList();
    if (depth === entered.length) {
      take(chunk, at);
      if (isList) (path[depth - 1] as number) += 1;
      look(at + 1, elementOf(entered[depth - 1]!));
    }
    return isList ? NEXT_VALUE : NEXT_NAME;
  }

  function name(chunk: Buffer, at: number): number {
    if (depth === entered.length) {
      const name = read(chunk, at) as string;
      path[depth - 1] = name;
      const members = entered[depth - 1] as Record<string, Wanted>;
      const member = Object.hasOwn(members, name) ? members[name] : undefined;
      look(member ? at + 1 : -1, member);
    }
    return NEXT_VALUE;
  }

  /** What is wanted of what begins here, which is read if it is a name or a wanted value; at -1 nothing is. */
  function look(at: number, what: Wanted | undefined): void {
    mark = at;
    length = 0;
    part = what;
  }

  /** Hands out the value that ends here, if it is wanted and has not been entered. */
  function take(chunk: Buffer, end: number): void {
    if (part !== undefined) found([...path], read(chunk, end));
  }

  function read(chunk: Buffer, end: number): unknown {
    if (length === 0) return JSON.parse(chunk.toString("utf8", mark, end));
    hold(chunk.subarray(mark, end));
    return JSON.parse(held.toString("utf8", 0, length));
  }

  function hold(bytes: Buffer): void {
    if (length + bytes.length > LARGEST_PART)
      throw new ItemError("too-large", `${path.join(".")}: more than ${LARGEST_PART} bytes, expected fewer`);
    if (held.length === 0) held = Buffer.allocUnsafe(LARGEST_PART);
    length += bytes.copy(held, length);
  }

  function inList(): boolean {
    return (kinds[(depth - 1) >> 3]! & (1 << ((depth - 1) & 7))) !== 0;
  }

  function refused(chunk: Buffer, at: number): SyntaxError {
    return new SyntaxError(`byte ${scanned + at} is ${JSON.stringify(String.fromCharCode(chunk[at]!))}`);
  }

  /** Does what a sign in the grammar stands for, at this place of the chunk; gives the next state. */
  function obey(number: number, before: number, chunk: Buffer, at: number): number {
    switch (SIGNS[number]) {
      case "{":
        return open(false, at);
      case "[":
        return open(true, at);
      case "}":
        return close(false, before, chunk, at);
      case "]":
        return close(true, before, chunk, at);
      case ",":
        return goOn(chunk, at);
      case ":":
        return name(chunk, at);
      default:
        throw refused(chunk, at);
    }
  }

  return {
    push(chunk) {
      let now = state;
      for (let at = 0; at < chunk.length; at += 1) {
        const next = NEXT[(now << 8) | chunk[at]!]!;
        if (next !== now) now = next < SIGNS.length ? obey(next, now, chunk, at) : next;
      }
      state = now;
      scanned += chunk.length;
      if (mark >= 0) {
        hold(chunk.subarray(mark));
        mark = 0;
      }
    },
    end() {
      if (state !== END) throw new SyntaxError(`it ends after ${scanned} bytes`);
    },
  };
}

function elementOf(whole: Wanted): Wanted | undefined {
  return Array.isArray(whole) ? whole[0] : undefined;
}
