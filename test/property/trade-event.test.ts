import fc from 'fast-check';
import { isDate } from '../../src/domain/calendar';
import { isRefusalCode } from '../../src/domain/refusal';
import { termsText } from '../../src/domain/terms';
import { parseJson } from '../../src/protocol/wire/json';
import { parseTradeEvent, parseTradeLine, type ParsedTrade } from '../../src/protocol/wire/trade-event';
import { tradeEvent } from '../unit/fixtures';

function expectAnswer(parsed: ParsedTrade): void {
  if (parsed.ok) {
    expect(JSON.parse(termsText(parsed.event))).toHaveProperty('trade_id', parsed.event.trade_id);
    return;
  }
  expect(isRefusalCode(parsed.refusal.code)).toBe(true);
  expect(`${parsed.refusal.field ?? ''}${parsed.refusal.reason}`).toMatch(/^[\x20-\x7e]{1,600}$/);
}

const FIELDS = [
  ...Object.keys(tradeEvent()),
  'buyer_commission',
  'seller_commission',
  'settlement_date',
  'allow_partial',
  'other',
];

describe('whatever arrives', () => {
  it('as text is answered with an event or a printable refusal, never with an exception', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => expectAnswer(parseTradeLine(text))));
    fc.assert(fc.property(fc.json(), (text) => expectAnswer(parseTradeLine(text))));
  });

  it('in a field of a good event is answered, as text and as an object alike', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FIELDS), fc.jsonValue(), (field, value) => {
        const event = { ...tradeEvent(), [field]: value };
        const asObject = parseTradeEvent(event);
        const asText = parseTradeLine(JSON.stringify(event));
        expectAnswer(asObject);
        expectAnswer(asText);
        expect(asText.ok).toBe(asObject.ok);
      }),
      { numRuns: 2000 },
    );
  });

  it('with bytes of a good line broken is answered', () => {
    const good = JSON.stringify(tradeEvent());
    fc.assert(
      fc.property(fc.nat({ max: good.length - 1 }), fc.string({ unit: 'binary', maxLength: 3 }), (at, noise) => {
        expectAnswer(parseTradeLine(good.slice(0, at) + noise + good.slice(at + 1)));
      }),
      { numRuns: 2000 },
    );
  });

  it('as strict JSON means what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const parsed = parseJson(text);
        if (!parsed.ok) return;
        const plain: unknown = JSON.parse(
          JSON.stringify(parsed.value, (_, value: unknown) => (isLossless(value) ? Number(value.value) : value)),
        );
        expect(plain).toEqual(JSON.parse(text));
      }),
    );
  });

  it('as a date exists in the domain exactly when it does on the wire', () => {
    const part = (max: number, length: number) => fc.nat({ max }).map((value) => String(value).padStart(length, '0'));
    fc.assert(
      fc.property(fc.integer({ min: 2000, max: 2100 }), part(13, 2), part(32, 2), (year, month, day) => {
        const settlement_date = `${year}-${month}-${day}`;
        expect(parseTradeEvent({ ...tradeEvent(), settlement_date }).ok).toBe(isDate(settlement_date));
      }),
      { numRuns: 3000 },
    );
  });
});

function isLossless(value: unknown): value is { value: string } {
  return typeof value === 'object' && value !== null && 'isLosslessNumber' in value;
}
