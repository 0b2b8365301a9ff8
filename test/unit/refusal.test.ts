import { REFUSALS, isRefusalCode, printable, printableText } from '../../src/domain/refusal';

describe('refusals', () => {
  it('say what is wrong and what to do, each in words of its own', () => {
    const meanings = Object.values(REFUSALS);
    for (const { title, action } of meanings) {
      expect(title).toMatch(/^[A-Z].*[^.]$/);
      expect(action).toMatch(/^[A-Z].*\.$/);
    }
    expect(new Set(meanings.map(({ title }) => title)).size).toBe(meanings.length);
    expect(isRefusalCode('SAME_PARTY')).toBe(true);
    expect(isRefusalCode('toString')).toBe(false);
  });

  it('show what was sent in one short printable line', () => {
    expect(printable('a"b\\c')).toBe('"a\\"b\\\\c"');
    expect(printable('\u0000\n\u202e\ud800')).toBe('"\\u0000\\u000a\\u202e\\ud800"');
    expect(printable('x'.repeat(1000))).toBe(`"${'x'.repeat(60)}..."`);
    expect([
      printable(null),
      printable([1]),
      printable({}),
      printable(1.5),
      printable(true),
      printable(undefined),
    ]).toEqual(['null', 'an array', 'an object', '1.5', 'true', 'nothing']);
    expect(printableText('abcdef', 3)).toBe('abc...');
  });
});
