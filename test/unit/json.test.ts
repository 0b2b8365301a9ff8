import { LosslessNumber } from 'lossless-json';
import { parseJson } from '../../src/protocol/wire/json';

function refusalOf(text: string) {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : parsed.refusal;
}

describe('strict JSON', () => {
  it('keeps numbers apart from strings, and integers that fit as numbers', () => {
    expect(parseJson('{"a":"1.10","b":1700000000000,"c":[true,null,-5,0]}')).toEqual({
      ok: true,
      value: { a: '1.10', b: 1700000000000, c: [true, null, -5, 0] },
    });
    for (const digits of ['1.10', '1e3', '-0', '9007199254740993', '1.0', '1e999']) {
      expect(refusalOf(digits)).toEqual(new LosslessNumber(digits));
    }
  });

  it('reads escapes and all of Unicode', () => {
    expect(refusalOf('"\\u0041\\ud83d\\ude00 \u{1f600} \\" \\\\"')).toBe('A\u{1f600} \u{1f600} " \\');
  });

  it.each([
    ['', 'MALFORMED_JSON'],
    ['{', 'MALFORMED_JSON'],
    ['{"a":1,}', 'MALFORMED_JSON'],
    ["{'a':1}", 'MALFORMED_JSON'],
    ['{"a":1} x', 'MALFORMED_JSON'],
    ['{"a":01}', 'MALFORMED_JSON'],
    ['{"a":.5}', 'MALFORMED_JSON'],
    ['{"a":+1}', 'MALFORMED_JSON'],
    ['{"a":NaN}', 'MALFORMED_JSON'],
    ['{"a":Infinity}', 'MALFORMED_JSON'],
    ['{"a":undefined}', 'MALFORMED_JSON'],
    ['{"a":"b\tc"}', 'MALFORMED_JSON'],
    ['"\\x41"', 'MALFORMED_JSON'],
    ['"abc\\', 'MALFORMED_JSON'],
    ['// comment\n1', 'MALFORMED_JSON'],
    ['{"a":1,"a":2}', 'DUPLICATE_KEY'],
    ['{"a":1,"a":1}', 'DUPLICATE_KEY'],
    ['{"a":"x","\\u0061":"x"}', 'DUPLICATE_KEY'],
    ['{"b":[{"a":1,"a":1}]}', 'DUPLICATE_KEY'],
    ['{"__proto__":1,"__proto__":1}', 'DUPLICATE_KEY'],
    ['[[[[[[[[[1]]]]]]]]]', 'TOO_DEEP'],
    ['{"a":'.repeat(9) + '1' + '}'.repeat(9), 'TOO_DEEP'],
    ['['.repeat(60_000), 'TOO_DEEP'],
    ['"' + 'x'.repeat(65_536) + '"', 'TOO_LARGE'],
    ['"' + '\u00e9'.repeat(40_000) + '"', 'TOO_LARGE'],
    ['"a\u0000"', 'INVALID_CHARACTERS'],
    ['"a\u007f"', 'INVALID_CHARACTERS'],
    ['"a\ud800"', 'INVALID_CHARACTERS'],
    ['\ufeff\u0001{}', 'INVALID_CHARACTERS'],
    ['{"a":"\\u0000"}', 'INVALID_CHARACTERS'],
    ['{"a":["\\n"]}', 'INVALID_CHARACTERS'],
    ['{"a":"\\ud800"}', 'INVALID_CHARACTERS'],
    ['{"\\udfff":1}', 'INVALID_CHARACTERS'],
  ])('refuses %j: %s', (text, code) => {
    expect(refusalOf(text)).toMatchObject({ code });
  });

  it('names the key that is there twice and the field with a bad character', () => {
    expect(refusalOf('{"x":{"price":"1","price":"1"}}')).toMatchObject({ field: 'price' });
    expect(refusalOf('{"x":{"note":"\\u0007"}}')).toMatchObject({ field: 'x.note' });
  });

  it('takes the same key in two objects, eight levels and colons in strings', () => {
    expect(parseJson('[{"a":1},{"a":1}]').ok).toBe(true);
    expect(parseJson('{"a":{"a":"a: a, a: {[\\""}}').ok).toBe(true);
    expect(parseJson('[[[[[[[[1]]]]]]]]').ok).toBe(true);
  });

  it('does not take longer than the text is long', () => {
    const started = performance.now();
    parseJson('"' + '\\"'.repeat(32_000));
    parseJson('"\\'.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
