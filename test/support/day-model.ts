import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A day worked out with BigInt alone, one trade after the other: what the engine must arrive at, by other means. */
export interface ModelledDay {
  readonly failed: ReadonlyMap<string, 'INSUFFICIENT_SECURITIES' | 'INSUFFICIENT_CASH' | 'ACCOUNT_NOT_ACTIVE'>;
  /** 'account/asset' -> units of 1e-18. */
  readonly closing: ReadonlyMap<string, bigint>;
}

interface Files {
  readonly instruments: readonly { symbol: string; cash_scale: number }[];
  readonly accounts: readonly { account_id: string; status?: string; balances: Readonly<Record<string, string>> }[];
  readonly trades: readonly {
    trade_id: string;
    trading_pair: string;
    buyer_account_id: string;
    seller_account_id: string;
    price: string;
    quantity: string;
    buyer_commission?: string | undefined;
    seller_commission?: string | undefined;
  }[];
}

const DECIMALS = 18;
const ONE = 10n ** BigInt(DECIMALS);

/** '1.5' in units of 1e-18. */
export function units(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole) * ONE + BigInt(fraction.padEnd(DECIMALS, '0'));
}

/** price x quantity, rounded half-even to `scale` decimals. */
function amountOf(price: string, quantity: string, scale: number): bigint {
  const product = units(price) * units(quantity); // units of 1e-36
  const step = ONE * 10n ** BigInt(DECIMALS - scale);
  const [quotient, rest] = [product / step, product % step];
  const isUp = rest * 2n > step || (rest * 2n === step && quotient % 2n === 1n);
  return (quotient + (isUp ? 1n : 0n)) * 10n ** BigInt(DECIMALS - scale);
}

export function readDayFiles(dir: string): Files {
  const json = (name: string): unknown => JSON.parse(readFileSync(join(dir, name), 'utf8'));
  const lines = readFileSync(join(dir, 'trades.jsonl'), 'utf8').trim().split('\n');
  return {
    instruments: json('instruments.json') as Files['instruments'],
    accounts: json('accounts.json') as Files['accounts'],
    trades: lines.map((line) => JSON.parse(line) as Files['trades'][number]),
  };
}

export function modelDay({ instruments, accounts, trades }: Files): ModelledDay {
  const closing = new Map<string, bigint>();
  const failed = new Map<string, 'INSUFFICIENT_SECURITIES' | 'INSUFFICIENT_CASH' | 'ACCOUNT_NOT_ACTIVE'>();
  const sleeping = new Set(accounts.filter(({ status = 'active' }) => status !== 'active').map((a) => a.account_id));
  const has = (key: string) => closing.get(key) ?? 0n;
  const move = (key: string, by: bigint) => closing.set(key, has(key) + by);
  for (const { account_id, balances } of accounts) {
    for (const [asset, text] of Object.entries(balances)) move(`${account_id}/${asset}`, units(text));
  }
  for (const trade of trades) {
    const [base = '', quote = ''] = trade.trading_pair.split('-');
    const scale = instruments.find(({ symbol }) => symbol === trade.trading_pair)?.cash_scale ?? 0;
    const [buyer, seller] = [trade.buyer_account_id, trade.seller_account_id];
    const quantity = units(trade.quantity);
    const amount = amountOf(trade.price, trade.quantity, scale);
    const cost = amount + units(trade.buyer_commission ?? '0');
    if (sleeping.has(buyer) || sleeping.has(seller)) failed.set(trade.trade_id, 'ACCOUNT_NOT_ACTIVE');
    else if (has(`${seller}/${base}`) < quantity) failed.set(trade.trade_id, 'INSUFFICIENT_SECURITIES');
    else if (has(`${buyer}/${quote}`) < cost) failed.set(trade.trade_id, 'INSUFFICIENT_CASH');
    else {
      move(`${seller}/${base}`, -quantity);
      move(`${buyer}/${base}`, quantity);
      move(`${buyer}/${quote}`, -cost);
      move(`${seller}/${quote}`, amount - units(trade.seller_commission ?? '0'));
    }
  }
  return { failed, closing };
}
