/**
 * The trade event as it arrives: from a line of a day, an HTTP body, or as the argument of a workflow. This is the one
 * check of its shape; what needs the books or a clock is in domain/trade.ts and in the ledger.
 */
import { isLosslessNumber } from 'lossless-json';
import * as z from 'zod/v4';
import { TRADE_EVENT_TYPE, TRADE_ID_PATTERN, type TradeEvent } from '../../domain/trade';
import { refuse, type Refusal } from '../../domain/refusal';
import { checkShape } from './check';
import { date, decimalString, flag, instant, oneOf, plainId, symbol, uuid } from './fields';
import { EVENT_LIMITS, parseJson } from './json';

export const tradeEventSchema = z.strictObject({
  event_id: plainId,
  event_type: oneOf([TRADE_EVENT_TYPE]),
  timestamp: instant,
  trade_id: plainId,
  trading_pair: symbol,
  buy_order_id: uuid,
  sell_order_id: uuid,
  buyer_account_id: uuid,
  seller_account_id: uuid,
  price: decimalString,
  quantity: decimalString,
  trade_timestamp: instant,
  settlement_required: flag,
  buyer_commission: decimalString.optional(),
  seller_commission: decimalString.optional(),
  settlement_date: date.optional(),
  allow_partial: flag.optional(),
});

export type ParsedTrade =
  | { readonly ok: true; readonly event: TradeEvent }
  /** `trade_id` as far as it could be read, so that the sender recognises the trade. */
  | { readonly ok: false; readonly refusal: Refusal; readonly trade_id: string | null };

/**
 * Checks the shape of a trade event. `value` comes from parseJson or is a plain object that Temporal's converter made;
 * the event is kept as it was sent ('1.50' stays '1.50', UUIDs keep their case).
 */
export function parseTradeEvent(value: unknown): ParsedTrade {
  const trade_id = readTradeId(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isLosslessNumber(value)) {
    return { ...refuse('WRONG_TYPE', null, 'the trade event is not an object; expected a JSON object'), trade_id };
  }
  const checked = checkShape(tradeEventSchema, value);
  return checked.ok ? { ok: true, event: checked.value } : { ...checked, trade_id };
}

/** One JSON text (a line, a body) to a trade event. */
export function parseTradeLine(text: string): ParsedTrade {
  const json = parseJson(text, EVENT_LIMITS);
  return json.ok ? parseTradeEvent(json.value) : { ...json, trade_id: null };
}

function readTradeId(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('trade_id' in value)) return null;
  const { trade_id } = value;
  return typeof trade_id === 'string' && TRADE_ID_PATTERN.test(trade_id) ? trade_id : null;
}
