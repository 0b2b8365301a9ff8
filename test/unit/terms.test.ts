import { canonicalTerms, termsText } from '../../src/domain/terms';
import type { TradeEvent } from '../../src/domain/trade';
import { NOW, tradeEvent } from './fixtures';

describe('the terms of a trade', () => {
  const first = termsText(tradeEvent());

  it.each<Partial<TradeEvent>>([
    { event_id: 'another' },
    { timestamp: NOW + 1 },
    { price: '64000.00' },
    { quantity: '1.250' },
    { buyer_commission: '0' },
    { seller_commission: '0.00' },
    { buyer_account_id: tradeEvent().buyer_account_id.toUpperCase() },
    { sell_order_id: tradeEvent().sell_order_id.toUpperCase() },
    { settlement_date: undefined, allow_partial: undefined },
  ])('are the same with %j', (changes) => {
    expect(termsText(tradeEvent(changes))).toBe(first);
  });

  it.each<Partial<TradeEvent>>([
    { trade_id: 'trade-2' },
    { trade_id: 'TRADE-1' },
    { trading_pair: 'ETH-USDC' },
    { price: '64000.01' },
    { quantity: '1.26' },
    { buyer_commission: '0.01' },
    { seller_commission: '0.01' },
    { buyer_account_id: tradeEvent().seller_account_id },
    { seller_account_id: tradeEvent().buyer_account_id },
    { buy_order_id: tradeEvent().sell_order_id },
    { sell_order_id: tradeEvent().buy_order_id },
    { trade_timestamp: NOW + 1 },
    { settlement_required: false },
    { settlement_date: '2026-03-02' },
    { allow_partial: false },
    { allow_partial: true },
  ])('are others with %j', (changes) => {
    expect(termsText(tradeEvent(changes))).not.toBe(first);
  });

  it('do not depend on the order of the fields', () => {
    const reversed = Object.fromEntries(Object.entries(tradeEvent()).reverse()) as unknown as TradeEvent;
    expect(termsText(reversed)).toBe(first);
    expect(Object.keys(JSON.parse(first) as object)).toEqual(Object.keys(canonicalTerms(tradeEvent())).sort());
  });
});
