import { splitLines, type Line } from '../../src/protocol/wire/lines';

async function linesOf(bytes: Uint8Array | string, chunkSize: number, maxBytes = 10): Promise<Line[]> {
  const all = Buffer.from(bytes);
  async function* chunks() {
    for (let at = 0; at < all.length; at += chunkSize) yield await Promise.resolve(all.subarray(at, at + chunkSize));
  }
  const lines: Line[] = [];
  for await (const line of splitLines(chunks(), maxBytes)) lines.push(line);
  return lines;
}

describe.each([1, 2, 3, 7, 1000])('lines of a stream in chunks of %i bytes', (chunkSize) => {
  it('are numbered as an editor numbers them, blank ones left out', async () => {
    expect(await linesOf('\ufeffa\n\n  \nb\u00e9\u{1f600}\r\nc', chunkSize)).toEqual([
      { line: 1, ok: true, text: 'a' },
      { line: 4, ok: true, text: 'b\u00e9\u{1f600}\r' },
      { line: 5, ok: true, text: 'c' },
    ]);
    expect(await linesOf('a\n', chunkSize)).toHaveLength(1);
    expect(await linesOf('', chunkSize)).toEqual([]);
  });

  it('that are too long or no UTF-8 are refused, and the next one is read', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${'x'.repeat(11)}\n0123456789\n`),
      Buffer.from([0xc3, 0x28, 0x0a]),
      Buffer.from('z'),
    ]);
    expect(await linesOf(bytes, chunkSize)).toMatchObject([
      { line: 1, ok: false, refusal: { code: 'TOO_LARGE' } },
      { line: 2, ok: true, text: '0123456789' },
      { line: 3, ok: false, refusal: { code: 'INVALID_CHARACTERS' } },
      { line: 4, ok: true, text: 'z' },
    ]);
  });
});
