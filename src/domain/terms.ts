/**
 * The terms of a trade, for telling a replay from a conflict (design rule "Idempotency"). Terms are what was sent,
 * without defaults: '1.50' = '1.5', an absent commission is '0', an absent date stays absent. The event's own id, type
 * and timestamp are not terms: the same trade may be announced again.
 */
import { canonicalDecimal } from './money';
import type { TradeEvent } from './trade';

/** All of the event's fields that say what was traded, each in its one form. */
export interface CanonicalTerms {
  readonly trade_id: string;
  readonly trading_pair: string;
  readonly buy_order_id: string;
  readonly sell_order_id: string;
  readonly buyer_account_id: string;
  readonly seller_account_id: string;
  readonly price: string;
  readonly quantity: string;
  readonly buyer_commission: string;
  readonly seller_commission: string;
  readonly trade_timestamp: number;
  readonly settlement_required: boolean;
  readonly settlement_date?: string;
  readonly allow_partial?: boolean;
}

/** The terms of a parsed event. */
export function canonicalTerms(event: TradeEvent): CanonicalTerms {
  return {
    trade_id: event.trade_id,
    trading_pair: event.trading_pair,
    buy_order_id: event.buy_order_id.toLowerCase(),
    sell_order_id: event.sell_order_id.toLowerCase(),
    buyer_account_id: event.buyer_account_id.toLowerCase(),
    seller_account_id: event.seller_account_id.toLowerCase(),
    price: canonicalDecimal(event.price),
    quantity: canonicalDecimal(event.quantity),
    buyer_commission: canonicalDecimal(event.buyer_commission ?? '0'),
    seller_commission: canonicalDecimal(event.seller_commission ?? '0'),
    trade_timestamp: event.trade_timestamp,
    settlement_required: event.settlement_required,
    ...(event.settlement_date === undefined ? {} : { settlement_date: event.settlement_date }),
    ...(event.allow_partial === undefined ? {} : { allow_partial: event.allow_partial }),
  };
}

/** The terms as one stable JSON text with sorted keys. Equal texts are equal trades; its SHA-256 is kept with the trade. */
export function termsText(event: TradeEvent): string {
  const terms = Object.entries(canonicalTerms(event)).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify(Object.fromEntries(terms));
}
