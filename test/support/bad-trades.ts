import type { TradeEvent } from '../../src/domain/trade';
import type { RefusalCode } from '../../src/domain/refusal';

/** A line that must be refused, with which code and for which field. */
export interface BadTrade {
  readonly name: string;
  readonly line: string;
  readonly code: RefusalCode;
  readonly field: string | null;
}

/** Every way of the design's section on bad input, made of a good trade in an instrument with two price decimals. */
export function badTrades(good: TradeEvent): BadTrade[] {
  const text = JSON.stringify(good);
  const withField = (name: keyof TradeEvent | 'memo', value: unknown) => JSON.stringify({ ...good, [name]: value });
  const priceless = { ...good, price: undefined }; // JSON leaves it out
  const bad = (name: string, line: string, code: RefusalCode, field: string | null): BadTrade => ({
    name,
    line,
    code,
    field,
  });
  const decimal = (name: string, value: string, code: RefusalCode = 'INVALID_DECIMAL') =>
    bad(name, withField('price', value), code, 'price');
  return [
    bad('an unknown field', withField('memo', 'x'), 'UNKNOWN_FIELD', 'memo'),
    bad('a missing field', JSON.stringify(priceless), 'MISSING_FIELD', 'price'),
    bad('a JSON number for money', withField('price', 64000.5), 'WRONG_TYPE', 'price'),
    bad('a wrong type', withField('settlement_required', 'yes'), 'WRONG_TYPE', 'settlement_required'),
    decimal('an exponent', '6.4e4'),
    decimal('a sign', '-1'),
    decimal('a space', ' 1'),
    decimal('not a number', 'NaN'),
    decimal('more decimals than the instrument has', '1.001', 'TOO_MANY_DECIMALS'),
    decimal('more than fits', '100000000000000000000', 'OUT_OF_RANGE'),
    bad(
      'a product that does not fit',
      JSON.stringify({ ...good, price: '99999999999999999999', quantity: '9' }),
      'OUT_OF_RANGE',
      'quantity',
    ),
    decimal('zero', '0', 'ZERO_AMOUNT'),
    bad(
      'a commission above the amount',
      withField('buyer_commission', '9999999999'),
      'COMMISSION_ABOVE_AMOUNT',
      'buyer_commission',
    ),
    bad(
      'a buyer who is the seller',
      withField('seller_account_id', good.buyer_account_id.toUpperCase()),
      'SAME_PARTY',
      'seller_account_id',
    ),
    bad('one order on both sides', withField('sell_order_id', good.buy_order_id), 'SAME_ORDER', 'sell_order_id'),
    bad(
      'an unknown account',
      withField('buyer_account_id', '11111111-2222-4333-8444-555555555555'),
      'UNKNOWN_ACCOUNT',
      'buyer_account_id',
    ),
    bad(
      'a system account',
      withField('buyer_account_id', '00000000-0000-5000-8000-000000000001'),
      'NOT_A_CUSTOMER',
      'buyer_account_id',
    ),
    bad('an unknown instrument', withField('trading_pair', 'DOGE-USDC'), 'UNKNOWN_INSTRUMENT', 'trading_pair'),
    bad('a date in the past', withField('settlement_date', '2020-01-01'), 'DATE_IN_PAST', 'settlement_date'),
    bad('a date that does not exist', withField('settlement_date', '2099-02-29'), 'INVALID_DATE', 'settlement_date'),
    bad('a time in the future', withField('trade_timestamp', Date.UTC(2090, 0)), 'TIME_IN_FUTURE', 'trade_timestamp'),
    bad(
      'no settlement wanted',
      withField('settlement_required', false),
      'SETTLEMENT_NOT_REQUIRED',
      'settlement_required',
    ),
    bad('a control character', withField('event_id', 'a\u0007b'), 'INVALID_CHARACTERS', 'event_id'),
    bad(
      'a lone surrogate',
      withField('event_id', 'a').replace('"event_id":"a"', '"event_id":"\\ud800"'),
      'INVALID_CHARACTERS',
      'event_id',
    ),
    bad('an id that is none', withField('trade_id', 'a/b'), 'INVALID_ID', 'trade_id'),
    bad('a duplicate key', text.replace('{', '{"price":"1",'), 'DUPLICATE_KEY', 'price'),
    bad('a deep body', `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`, 'TOO_DEEP', null),
    bad('a huge line', withField('event_id', 'x'.repeat(2_000_000)), 'TOO_LARGE', null),
    bad('no JSON', '{price', 'MALFORMED_JSON', null),
    bad('no object', '[1]', 'WRONG_TYPE', null),
  ];
}
