// Numbers in sentences, as people read them.

/** What a number counts: a thing, in the singular, and what has been done to it. */
export interface Unit {
  thing: string;
  deed: string;
}

/** A number of things: 1 item, 2,000 items; `things` is the plural where it is not the singular and an s. */
export function count(number: number, thing: string, things = `${thing}s`): string {
  return `${grouped(number)} ${number === 1 ? thing : things}`;
}

/** A number of what is done: 1 wheel read, 2,000 wheels read. */
export function countDone(number: number, { thing, deed }: Unit): string {
  return `${count(number, thing)} ${deed}`;
}

/** A whole number with its digits in groups: 1,234,567. */
export function grouped(number: number): string {
  return number.toLocaleString("en-US");
}
