import type { Instrument } from '../../src/domain/instrument';
import type { TradeEvent } from '../../src/domain/trade';

/** 2026-03-02T10:00:00Z, a Monday. */
export const NOW = Date.UTC(2026, 2, 2, 10);

export const BTC_USDC: Instrument = {
  symbol: 'BTC-USDC',
  base: 'BTC',
  quote: 'USDC',
  quantity_scale: 8,
  price_scale: 2,
  cash_scale: 6,
  status: 'active',
};

const uuid = (digit: string): string => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`;

/** A trade that every check accepts, with some fields replaced. */
export function tradeEvent(changes: Partial<TradeEvent> = {}): TradeEvent {
  return {
    event_id: 'event-1',
    event_type: 'TradeExecuted',
    timestamp: NOW,
    trade_id: 'trade-1',
    trading_pair: 'BTC-USDC',
    buy_order_id: uuid('a'),
    sell_order_id: uuid('b'),
    buyer_account_id: uuid('c'),
    seller_account_id: uuid('d'),
    price: '64000',
    quantity: '1.25',
    trade_timestamp: NOW,
    settlement_required: true,
    ...changes,
  };
}
