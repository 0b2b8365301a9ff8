/**
 * The sample day: what `npm start` settles when it is given no other. Always the same files: four instruments of different
 * scales (BTC and ETH are base here and quote there), some hundred trades, and a few that must fail, each for its own reason.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v5 } from 'uuid';
import type { Instrument } from '../../domain/instrument';
import { Decimal, decimalText, roundHalfEven } from '../../domain/money';
import type { TradeEvent } from '../../domain/trade';
import type { DayAccount } from '../read-day';
import { createDice, type Dice } from './dice';

export interface SampleDay {
  readonly instruments: readonly Instrument[];
  readonly accounts: readonly DayAccount[];
  readonly trades: readonly TradeEvent[];
}

interface Market {
  readonly instrument: Instrument;
  /** Around which the prices wander. */
  readonly price: string;
  /** The largest quantity, in units of the quantity scale. */
  readonly largest: number;
}

const NAMESPACE = 'ab53a9d6-5f0f-4e3c-9a0b-6a8a4f3b8f10';
const OPENING_BELL_MS = Date.UTC(2025, 2, 14, 8);
const TRADES = 400;
const ACCOUNTS = 24;

/** [symbol, quantity scale, price scale, cash scale, price, largest quantity in units of its scale] */
const MARKETS: readonly Market[] = [
  market('BTC-USDC', 8, 2, 6, '83250.25', 50_000_000),
  market('ETH-USDC', 4, 2, 6, '1911.4', 40_000),
  market('ETH-BTC', 3, 6, 8, '0.022961', 3_000),
  market('SOL-USDC', 0, 3, 2, '126.415', 120),
];

function market(
  symbol: string,
  quantity_scale: number,
  price_scale: number,
  cash_scale: number,
  price: string,
  largest: number,
): Market {
  const [base = '', quote = ''] = symbol.split('-');
  return {
    instrument: { symbol, base, quote, quantity_scale, price_scale, cash_scale, status: 'active' },
    price,
    largest,
  };
}

/** The trades that must fail, by their place in the day: who buys, who sells, and what is missing. */
const MISFITS = {
  /** A seller who owns a tenth of a bitcoin sells two. */
  shortOfSecurities: { at: 90, market: 0, buyer: 3, seller: 24, quantity: '2' },
  /** A buyer with 500 USDC buys 10 SOL. */
  shortOfCash: { at: 180, market: 3, buyer: 25, seller: 5, quantity: '10' },
  /** Another one, in bitcoin. */
  shortOfBitcoin: { at: 240, market: 2, buyer: 25, seller: 7, quantity: '1.5' },
  /** An account that was never activated sells. */
  sellerNotActive: { at: 300, market: 1, buyer: 8, seller: 26, quantity: '0.25' },
} as const;

interface Deal {
  readonly market: number;
  readonly buyer: number;
  readonly seller: number;
  readonly quantity: string;
}

/** The day, made anew at each call, the same each time. */
export function sampleDay(): SampleDay {
  return {
    instruments: MARKETS.map(({ instrument }) => instrument),
    accounts: sampleAccounts(),
    trades: Array.from({ length: TRADES }, (_, index) => sampleTrade(index)),
  };
}

/** Writes the day's folder as `--day` reads it. */
export async function writeSampleDay(dir: string): Promise<void> {
  const { instruments, accounts, trades } = sampleDay();
  await mkdir(dir, { recursive: true });
  const files = {
    'instruments.json': `${JSON.stringify(instruments, null, 1)}\n`,
    'accounts.json': `${JSON.stringify(accounts, null, 1)}\n`,
    'trades.jsonl': trades.map((trade) => `${JSON.stringify(trade)}\n`).join(''),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
}

function sampleAccounts(): DayAccount[] {
  const traders = Array.from({ length: ACCOUNTS }, (_, index) =>
    account(index, { USDC: '25000000', BTC: '40', ETH: '900.5', SOL: '20000' }),
  );
  return [
    ...traders,
    account(24, { USDC: '1000', BTC: '0.1' }),
    account(25, { USDC: '500', BTC: '0.01', ETH: '0' }),
    account(26, { USDC: '0', ETH: '10' }, 'inactive'),
  ];
}

function account(index: number, balances: DayAccount['balances'], status: DayAccount['status'] = 'active'): DayAccount {
  return { account_id: accountId(index), account_number: `ACC-${String(index).padStart(5, '0')}`, status, balances };
}

function sampleTrade(index: number): TradeEvent {
  const dice = createDice(`trade ${index}`);
  const misfit = Object.values(MISFITS).find(({ at }) => at === index);
  const { market: place, buyer, seller, quantity } = misfit ?? ordinary(dice);
  const { instrument, price: around } = marketAt(place);
  const price = wander(dice, around, instrument.price_scale);
  const time = OPENING_BELL_MS + index * 61_803 + dice(1_000);
  return {
    event_id: id(`event ${index}`),
    event_type: 'TradeExecuted',
    timestamp: time + 3,
    trade_id: `sample-${String(index + 1).padStart(4, '0')}`,
    trading_pair: instrument.symbol,
    buy_order_id: id(`buy order ${index}`),
    sell_order_id: id(`sell order ${index}`),
    buyer_account_id: accountId(buyer),
    seller_account_id: accountId(seller),
    price,
    quantity,
    trade_timestamp: time,
    settlement_required: true,
    ...commissions(dice, instrument, price, quantity),
  };
}

function ordinary(dice: Dice): Deal {
  const place = dice(MARKETS.length);
  const { instrument, largest } = marketAt(place);
  const buyer = dice(ACCOUNTS);
  const seller = (buyer + 1 + dice(ACCOUNTS - 1)) % ACCOUNTS;
  const units = new Decimal(dice(largest) + 1);
  return {
    market: place,
    buyer,
    seller,
    quantity: decimalText(units.div(new Decimal(10).pow(instrument.quantity_scale))),
  };
}

/** Within half a percent of `around`. */
function wander(dice: Dice, around: string, scale: number): string {
  const factor = new Decimal(9_950 + dice(101)).div(10_000);
  return decimalText(roundHalfEven(new Decimal(around).times(factor), scale));
}

/** A tenth of a percent from the taker in two trades of three, and half of it from the maker in one of these. */
function commissions(dice: Dice, { cash_scale }: Instrument, price: string, quantity: string) {
  const kind = dice(3);
  const rate = (permille: string) =>
    decimalText(roundHalfEven(new Decimal(price).times(quantity).times(permille).div(1000), cash_scale));
  if (kind === 0) return {};
  return { buyer_commission: rate('1'), ...(kind === 2 ? { seller_commission: rate('0.5') } : {}) };
}

function marketAt(place: number): Market {
  const found = MARKETS[place];
  if (found === undefined) throw new RangeError(`there is no market ${place}`);
  return found;
}

function accountId(index: number): string {
  return id(`account ${index}`);
}

function id(name: string): string {
  return v5(name, NAMESPACE);
}
