import { randomUUID } from 'node:crypto';
import type { TradeEvent } from '../../src/domain/trade';
import type { LedgerWorld } from './ledger-world';

export interface TightDay {
  /** In the order of acceptance. */
  readonly events: readonly TradeEvent[];
  /** The customers, in an order that is the same for the same day. */
  readonly accounts: readonly string[];
  /** Trades that must fail, because their buyer has nothing: INSUFFICIENT_CASH. */
  readonly hopeless: readonly TradeEvent[];
}

/**
 * A day of trades between few accounts whose openings are just enough when the trades settle in the order of acceptance, so
 * that most have to wait for earlier ones; BTC is base in one instrument and quote in another. The same numbers each time:
 * only the ids are new. `hopeless` trades more have a buyer without money.
 */
export async function tightDay(world: LedgerWorld, count: number, more: { hopeless?: number } = {}): Promise<TightDay> {
  const random = pseudoRandom(20_261_124);
  const places = Array.from({ length: 6 }, () => new Map<string, number>());
  const needs = places.map(() => new Map<string, number>());
  const take = (who: number, asset: string, by: number): void => {
    const [place, need] = [places[who], needs[who]];
    const left = (place?.get(asset) ?? 0) - by;
    place?.set(asset, left);
    need?.set(asset, Math.max(need.get(asset) ?? 0, -left));
  };
  const trades = Array.from({ length: count }, () => {
    const seller = random(6);
    const buyer = (seller + 1 + random(5)) % 6;
    const [symbol, base, quote] = random(3) === 0 ? ['ETH-BTC', 'ETH', 'BTC'] : ['BTC-USDT', 'BTC', 'USDT'];
    const [quantity, price] = [1 + random(9), 1 + random(20)];
    take(seller, base, quantity);
    take(buyer, quote, quantity * price);
    take(buyer, base, -quantity);
    take(seller, quote, -quantity * price);
    return { seller, buyer, symbol, quantity, price };
  });
  const accounts: string[] = [];
  for (const need of needs) accounts.push(await world.account(openings(need)));
  const poor = await world.account();
  const rich = await world.account({ BTC: '1000' });
  const hopeless = Array.from({ length: more.hopeless ?? 0 }, () =>
    world.trade({ buyer: poor, seller: rich, quantity: '1', price: '1' }),
  );
  const events = trades.map(({ seller, buyer, symbol, quantity, price }) =>
    world.trade({
      buyer: accounts[buyer] ?? randomUUID(),
      seller: accounts[seller] ?? randomUUID(),
      symbol,
      quantity: String(quantity),
      price: String(price),
    }),
  );
  return { events: [...events, ...hopeless], accounts: [...accounts, poor, rich], hopeless };
}

function openings(need: ReadonlyMap<string, number>): Record<string, string> {
  return Object.fromEntries(
    [...need].filter(([, amount]) => amount > 0).map(([asset, amount]) => [asset, String(amount)]),
  );
}

/** A sequence that is always the same: each call gives a whole number below `limit`. */
function pseudoRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
}
