import type { Instrument } from '../../src/domain/instrument';
import { MAX_CLOCK_SKEW_MS, checkTradeInContext, type TradeEvent, type TermsInContext } from '../../src/domain/trade';
import { BTC_USDC, NOW, tradeEvent } from './fixtures';

const CONFIG = { deadlineBusinessDays: 5 };
const LARGEST = '99999999999999999999.999999999999999999';

function check(changes: Partial<TradeEvent>, instrument: Partial<Instrument> = {}) {
  return checkTradeInContext(tradeEvent(changes), { ...BTC_USDC, ...instrument }, NOW, CONFIG);
}

function accepted(changes: Partial<TradeEvent>, instrument: Partial<Instrument> = {}): TermsInContext {
  const checked = check(changes, instrument);
  if (!checked.ok) throw new Error(checked.refusal.reason);
  return checked.terms;
}

describe('a trade in its context', () => {
  it('gets its amount, its date and its deadline', () => {
    expect(accepted({ price: '64000.50', buyer_commission: '40.0' })).toEqual({
      base: 'BTC',
      quote: 'USDC',
      price: '64000.5',
      quantity: '1.25',
      amount: '80000.625',
      buyer_commission: '40',
      seller_commission: '0',
      settlement_date: '2026-03-02',
      deadline_at: '2026-03-08T00:00:00.000Z',
      allow_partial: false,
    });
  });

  it('keeps a date of its own and counts the deadline from there', () => {
    const terms = accepted({ settlement_date: '2026-03-10', allow_partial: true });
    expect(terms).toMatchObject({
      settlement_date: '2026-03-10',
      deadline_at: '2026-03-16T00:00:00.000Z',
      allow_partial: true,
    });
  });

  it('has a deadline after a duration where one is configured', () => {
    const config = { deadlineBusinessDays: 5, deadlineOverrideMs: 1500 };
    const deadline = (settlement_date?: string): string => {
      const checked = checkTradeInContext(tradeEvent({ settlement_date }), BTC_USDC, NOW, config);
      return checked.ok ? checked.terms.deadline_at : checked.refusal.reason;
    };
    expect(deadline()).toBe('2026-03-02T10:00:01.500Z');
    expect(deadline('2026-03-04')).toBe('2026-03-04T00:00:01.500Z');
  });

  it('rounds half-even to the cash scale', () => {
    expect(accepted({ price: '0.05', quantity: '2.5' }, { cash_scale: 2 }).amount).toBe('0.12');
    expect(accepted({ price: '0.15', quantity: '2.5' }, { cash_scale: 2 }).amount).toBe('0.38');
    expect(accepted({ price: '5', quantity: '0.5' }, { cash_scale: 0 }).amount).toBe('2');
  });

  it('may have trailing zeros beyond the scale, a commission as high as the amount, a clock a little ahead', () => {
    expect(accepted({ price: '64000.5000' }).price).toBe('64000.5');
    expect(accepted({ buyer_commission: '80000', seller_commission: '80000' }).seller_commission).toBe('80000');
    expect(check({ trade_timestamp: NOW + MAX_CLOCK_SKEW_MS }).ok).toBe(true);
    expect(accepted({ settlement_date: '2026-03-02' }).settlement_date).toBe('2026-03-02');
  });

  it('is accepted for a halted instrument: it fails in its turn', () => {
    expect(check({}, { status: 'halted' }).ok).toBe(true);
  });

  const upper = tradeEvent().buyer_account_id.toUpperCase();
  it.each<[string, string, Partial<TradeEvent>, Partial<Instrument>]>([
    ['SETTLEMENT_NOT_REQUIRED', 'settlement_required', { settlement_required: false }, {}],
    ['SAME_PARTY', 'seller_account_id', { seller_account_id: tradeEvent().buyer_account_id }, {}],
    ['SAME_PARTY', 'seller_account_id', { seller_account_id: upper }, {}],
    ['SAME_PARTY', 'seller_account_id', { buyer_account_id: upper, seller_account_id: upper.toLowerCase() }, {}],
    ['SAME_ORDER', 'sell_order_id', { buy_order_id: upper, sell_order_id: upper.toLowerCase() }, {}],
    ['SAME_ORDER', 'sell_order_id', { sell_order_id: tradeEvent().buy_order_id }, {}],
    ['TOO_MANY_DECIMALS', 'price', { price: '1.001' }, {}],
    ['TOO_MANY_DECIMALS', 'quantity', { quantity: '0.000000001' }, {}],
    ['TOO_MANY_DECIMALS', 'buyer_commission', { buyer_commission: '0.0000001' }, {}],
    ['TOO_MANY_DECIMALS', 'seller_commission', { seller_commission: '0.5' }, { cash_scale: 0 }],
    ['ZERO_AMOUNT', 'price', { price: '0' }, {}],
    ['ZERO_AMOUNT', 'quantity', { quantity: '0.0' }, {}],
    ['ZERO_AMOUNT', 'quantity', { price: '0.01', quantity: '0.00000001' }, {}],
    ['ZERO_AMOUNT', 'quantity', { price: '0.5', quantity: '1' }, { cash_scale: 0 }],
    ['OUT_OF_RANGE', 'quantity', { price: '10000000000', quantity: '10000000000' }, {}],
    ['OUT_OF_RANGE', 'quantity', { price: LARGEST, quantity: LARGEST }, { price_scale: 18, quantity_scale: 18 }],
    [
      'OUT_OF_RANGE',
      'buyer_commission',
      { price: '90000000000000000000', quantity: '1', buyer_commission: '10000000000000000000' },
      {},
    ],
    ['COMMISSION_ABOVE_AMOUNT', 'buyer_commission', { buyer_commission: '80000.000001' }, {}],
    ['COMMISSION_ABOVE_AMOUNT', 'seller_commission', { seller_commission: '80001' }, {}],
    ['DATE_IN_PAST', 'settlement_date', { settlement_date: '2026-03-01' }, {}],
    ['INVALID_DATE', 'settlement_date', { settlement_date: '2026-02-29' }, {}],
    ['TIME_IN_FUTURE', 'trade_timestamp', { trade_timestamp: NOW + MAX_CLOCK_SKEW_MS + 1 }, {}],
  ])('is refused: %s in %s %j', (code, field, changes, instrument) => {
    const checked = check(changes, instrument);
    expect(checked).toMatchObject({ ok: false, refusal: { code, field } });
    if (!checked.ok) expect(checked.refusal.reason).toMatch(new RegExp(`\\b${field}\\b`));
  });

  it('is refused without its instrument', () => {
    const checked = checkTradeInContext(tradeEvent({ trading_pair: 'DOGE-USD' }), undefined, NOW, CONFIG);
    expect(checked).toMatchObject({ ok: false, refusal: { code: 'UNKNOWN_INSTRUMENT', field: 'trading_pair' } });
  });
});
