import { tableOf } from '../day/text-report';

/** Results go to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON document, for programs. */
export function printJson(data: unknown): void {
  process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
}

/** What is not the result goes to standard error. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Rows as a table, or the sentence for none. */
export function printRows(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { none, right = [] }: { readonly none: string; readonly right?: readonly number[] },
): void {
  print(rows.length === 0 ? none : tableOf(head, rows, right));
}
