import type { RefusalCode } from '../../src/domain/refusal';
import { parseTradeEvent, parseTradeLine } from '../../src/protocol/wire/trade-event';
import { tradeEvent } from './fixtures';

function line(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({ ...tradeEvent(), ...changes });
}

/** A line with the JSON text of one field replaced as it stands. */
function lineWith(field: string, json: string): string {
  return line({ [field]: '@@' }).replace('"@@"', json);
}

describe('a trade event', () => {
  it('is kept as it was sent', () => {
    const event = tradeEvent({
      price: '64000.50',
      buyer_account_id: tradeEvent().buyer_account_id.toUpperCase(),
      buyer_commission: '0.10',
      settlement_date: '2028-02-29',
      allow_partial: true,
    });
    expect(parseTradeLine(JSON.stringify(event))).toEqual({ ok: true, event });
    expect(parseTradeEvent(event)).toEqual({ ok: true, event });
  });

  it.each<[RefusalCode, string, string]>([
    ['WRONG_TYPE', 'price', '64000.5'],
    ['WRONG_TYPE', 'price', '64000'],
    ['WRONG_TYPE', 'quantity', '1e5'],
    ['WRONG_TYPE', 'price', 'null'],
    ['WRONG_TYPE', 'price', '["1"]'],
    ['WRONG_TYPE', 'price', '{"value":"1"}'],
    ['WRONG_TYPE', 'price', 'true'],
    ['INVALID_DECIMAL', 'price', '"1e5"'],
    ['INVALID_DECIMAL', 'price', '"-1"'],
    ['INVALID_DECIMAL', 'price', '"+1"'],
    ['INVALID_DECIMAL', 'price', '" 1"'],
    ['INVALID_DECIMAL', 'price', '"1 "'],
    ['INVALID_DECIMAL', 'price', '""'],
    ['INVALID_DECIMAL', 'price', '"NaN"'],
    ['INVALID_DECIMAL', 'price', '"Infinity"'],
    ['INVALID_DECIMAL', 'price', '"1,000"'],
    ['INVALID_DECIMAL', 'quantity', '"01"'],
    ['INVALID_DECIMAL', 'quantity', '".5"'],
    ['INVALID_DECIMAL', 'buyer_commission', '"5."'],
    ['TOO_MANY_DECIMALS', 'seller_commission', '"0.0000000000000000001"'],
    ['OUT_OF_RANGE', 'price', '"100000000000000000000"'],
    ['INVALID_CHARACTERS', 'price', '"1\\u0000"'],
    ['INVALID_CHARACTERS', 'trade_id', '"trade\\n1"'],
    ['INVALID_CHARACTERS', 'trade_id', '"trade\\ud800"'],
    ['INVALID_ID', 'trade_id', '""'],
    ['INVALID_ID', 'trade_id', '"a b"'],
    ['INVALID_ID', 'trade_id', '"a/b"'],
    ['INVALID_ID', 'trade_id', '"tr\u00e4de"'],
    ['INVALID_ID', 'trade_id', JSON.stringify('x'.repeat(129))],
    ['WRONG_TYPE', 'trade_id', '17'],
    ['INVALID_ID', 'event_id', '"a b"'],
    ['INVALID_ID', 'buyer_account_id', '"ACC-00012"'],
    ['INVALID_ID', 'seller_account_id', '"cccccccc-0000-4000-8000-ccccccccccc"'],
    ['INVALID_ID', 'buy_order_id', '"{cccccccc-0000-4000-8000-cccccccccccc}"'],
    ['INVALID_ID', 'sell_order_id', '"cccccccc000040008000cccccccccccc"'],
    ['UNKNOWN_INSTRUMENT', 'trading_pair', '"BTC USDC"'],
    ['UNKNOWN_INSTRUMENT', 'trading_pair', '"ABCDEFGHIJ-KLMNOPQRST"'],
    ['INVALID_VALUE', 'event_type', '"TradeCancelled"'],
    ['WRONG_TYPE', 'event_type', '1'],
    ['WRONG_TYPE', 'timestamp', '"1700000000000"'],
    ['WRONG_TYPE', 'timestamp', '1700000000000.5'],
    ['WRONG_TYPE', 'timestamp', '1.7e12'],
    ['WRONG_TYPE', 'trade_timestamp', '99999999999999999999'],
    ['OUT_OF_RANGE', 'trade_timestamp', '1700000000'],
    ['OUT_OF_RANGE', 'trade_timestamp', '170000000000000'],
    ['OUT_OF_RANGE', 'timestamp', '-1'],
    ['WRONG_TYPE', 'settlement_required', '"true"'],
    ['WRONG_TYPE', 'settlement_required', '1'],
    ['WRONG_TYPE', 'allow_partial', 'null'],
    ['INVALID_DATE', 'settlement_date', '"2026-02-29"'],
    ['INVALID_DATE', 'settlement_date', '"2026-13-01"'],
    ['INVALID_DATE', 'settlement_date', '"02.03.2026"'],
    ['INVALID_DATE', 'settlement_date', '"2026-03-02T00:00:00Z"'],
    ['OUT_OF_RANGE', 'settlement_date', '"9999-12-31"'],
    ['OUT_OF_RANGE', 'settlement_date', '"1999-12-31"'],
    ['WRONG_TYPE', 'settlement_date', '20260302'],
    ['WRONG_TYPE', 'buyer_commission', 'null'],
    ['WRONG_TYPE', 'buyer_commission', '0'],
    ['UNKNOWN_FIELD', 'prise', '"1"'],
    ['UNKNOWN_FIELD', '__proto__', '{}'],
    ['UNKNOWN_FIELD', 'constructor', '1'],
  ])('is refused: %s in %s %s', (code, field, json) => {
    const parsed = parseTradeLine(lineWith(field, json));
    const unread = field === 'trade_id' || code === 'INVALID_CHARACTERS';
    expect(parsed).toMatchObject({
      ok: false,
      refusal: { code, field },
      trade_id: unread ? null : 'trade-1',
    });
    if (!parsed.ok) {
      expect(parsed.refusal.reason).toContain(field);
      expect(parsed.refusal.reason).toContain('expected');
      expect(parsed.refusal.reason).toMatch(/^[\x20-\x7e]{1,400}$/);
    }
  });

  it.each(Object.keys(tradeEvent()))('is refused without %s', (field) => {
    const parsed = parseTradeLine(line({ [field]: undefined }));
    expect(parsed).toMatchObject({ ok: false, refusal: { code: 'MISSING_FIELD', field } });
  });

  it.each(['[]', 'null', '1', '"x"', '1.5', '[{}]'])('is no %s', (text) => {
    expect(parseTradeLine(text)).toMatchObject({
      ok: false,
      refusal: { code: 'WRONG_TYPE', field: null },
      trade_id: null,
    });
  });

  it('is refused when its text is no strict JSON', () => {
    expect(parseTradeLine('{')).toMatchObject({ ok: false, refusal: { code: 'MALFORMED_JSON' }, trade_id: null });
    const twice = line().replace('{', '{"price":"64000",');
    expect(parseTradeLine(twice)).toMatchObject({ ok: false, refusal: { code: 'DUPLICATE_KEY', field: 'price' } });
    expect(parseTradeLine(line({ note: 'x'.repeat(70_000) }))).toMatchObject({ refusal: { code: 'TOO_LARGE' } });
    expect(parseTradeLine(lineWith('note', '['.repeat(9) + ']'.repeat(9)))).toMatchObject({
      refusal: { code: 'TOO_DEEP' },
    });
  });

  it('is refused the same way as a plain object from Temporal', () => {
    expect(parseTradeEvent({ ...tradeEvent(), price: 64000 })).toMatchObject({
      refusal: { code: 'WRONG_TYPE', field: 'price' },
    });
    expect(parseTradeEvent({ ...tradeEvent(), timestamp: 1.5 })).toMatchObject({
      refusal: { code: 'WRONG_TYPE', field: 'timestamp' },
    });
    expect(parseTradeEvent({ ...tradeEvent(), price: NaN })).toMatchObject({
      refusal: { code: 'WRONG_TYPE', field: 'price' },
    });
    expect(parseTradeEvent({ ...tradeEvent(), trade_id: 'a\ud800' })).toMatchObject({
      refusal: { code: 'INVALID_CHARACTERS' },
    });
    expect(parseTradeEvent(undefined)).toMatchObject({ refusal: { code: 'WRONG_TYPE', field: null } });
  });

  it('is reported with words for people', () => {
    const parsed = parseTradeLine(lineWith('price', '64000.50'));
    expect(parsed.ok ? '' : parsed.refusal.reason).toBe(
      'price is the JSON number 64000.50; expected a plain decimal string such as "64000.5", with at most 18 decimals and below 1e20',
    );
  });
});
