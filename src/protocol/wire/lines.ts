/**
 * Lines of a byte stream (NDJSON). A line that is too long or no UTF-8 is refused by its number and the rest is read:
 * split2 either ends the stream at such a line or drops it without a word, and decodes bad bytes to U+FFFD.
 */
import { refuse, type Refusal } from '../../domain/refusal';

/** A line with its number, from 1; blank lines are counted and left out. */
export type Line =
  | { readonly line: number; readonly ok: true; readonly text: string }
  | { readonly line: number; readonly ok: false; readonly refusal: Refusal };

const NEWLINE = 0x0a;

/** Splits chunks of UTF-8 into lines of at most `maxBytes` each; never holds more than that and one chunk. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  const pending = new PendingLine(maxBytes);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      pending.add(chunk.subarray(start, end));
      yield* pending.take();
      start = end + 1;
    }
    pending.add(chunk.subarray(start));
  }
  yield* pending.take();
}

class PendingLine {
  private parts: Uint8Array[] = [];
  private bytes = 0;
  private line = 0;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(private readonly maxBytes: number) {}

  add(part: Uint8Array): void {
    this.bytes += part.length;
    if (this.bytes > this.maxBytes) this.parts = [];
    else if (part.length > 0) this.parts.push(part);
  }

  /** Ends the line: nothing if it is blank. */
  take(): Line[] {
    const { parts, bytes } = this;
    this.parts = [];
    this.bytes = 0;
    this.line += 1;
    const line = this.line;
    if (bytes > this.maxBytes) {
      return [{ line, ...refuse('TOO_LARGE', null, `the line has ${bytes} bytes; expected at most ${this.maxBytes}`) }];
    }
    const text = this.decode(parts);
    if (text === null)
      return [{ line, ...refuse('INVALID_CHARACTERS', null, 'the line is not UTF-8; expected UTF-8') }];
    return text.trim() === '' ? [] : [{ line, ok: true, text }];
  }

  private decode(parts: Uint8Array[]): string | null {
    try {
      const text = this.decoder.decode(Buffer.concat(parts));
      // Some editors begin a file with a byte order mark.
      return this.line === 1 ? text.replace(/^\uFEFF/, '') : text;
    } catch {
      return null;
    }
  }
}
