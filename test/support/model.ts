/**
 * An independent model of a day: trades settled one after the other in the order of acceptance, in whole units of BigInt.
 * It shares no code with the engine.
 */
export interface ModelTrade {
  buyer: number;
  seller: number;
  base: string;
  quote: string;
  quantity: bigint;
  price: bigint;
  buyer_commission: bigint;
  seller_commission: bigint;
}

export type Holdings = Map<string, bigint>;

export const holdingKey = (account: number, asset: string): string => `${account} ${asset}`;

/** What the trade moves: whose balance of which asset, by how much; debits first. */
export function movesOf(trade: ModelTrade): [string, bigint][] {
  const amount = trade.quantity * trade.price;
  return [
    [holdingKey(trade.seller, trade.base), -trade.quantity],
    [holdingKey(trade.buyer, trade.quote), -(amount + trade.buyer_commission)],
    [holdingKey(trade.buyer, trade.base), trade.quantity],
    [holdingKey(trade.seller, trade.quote), amount - trade.seller_commission],
  ];
}

/** Settles what can be settled, in order; the indexes of those that fail. */
export function settleInOrder(
  openings: Holdings,
  trades: readonly ModelTrade[],
): { holdings: Holdings; failed: number[] } {
  const holdings = new Map(openings);
  const failed: number[] = [];
  trades.forEach((trade, index) => {
    const moves = movesOf(trade);
    if (moves.slice(0, 2).some(([key, change]) => (holdings.get(key) ?? 0n) + change < 0n)) failed.push(index);
    else for (const [key, change] of moves) holdings.set(key, (holdings.get(key) ?? 0n) + change);
  });
  return { holdings, failed };
}

/** The least openings with which the whole day settles in the order of acceptance. */
export function justEnough(trades: readonly ModelTrade[]): Holdings {
  const running: Holdings = new Map();
  const needed: Holdings = new Map();
  for (const trade of trades) {
    for (const [key, change] of movesOf(trade)) {
      const after = (running.get(key) ?? 0n) + change;
      running.set(key, after);
      if (-after > (needed.get(key) ?? 0n)) needed.set(key, -after);
      else if (!needed.has(key)) needed.set(key, 0n);
    }
  }
  return needed;
}

/** Numbers that look random and are the same in every run. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A shuffled copy. */
export function shuffled<T>(items: readonly T[], random: (below: number) => number): T[] {
  const rest = [...items];
  const result: T[] = [];
  while (rest.length > 0) result.push(...rest.splice(random(rest.length), 1));
  return result;
}
