import type { Settlement } from '../../src/domain/settlement';
import { LedgerWorld, one, OPS, refOf, rowOf, type TradeTerms } from './ledger-world';

/** A settlement of each fate, all of them made by the ledger's own transitions. */
export interface Books {
  readonly seller: string;
  readonly buyer: string;
  /** Has no balance in USDT but what comes in later. */
  readonly poor: string;
  readonly settled: Settlement;
  /** Settled at its second attempt. */
  readonly retried: Settlement;
  /** Closed by its deadline, reopened by ops, settled. */
  readonly reopened: Settlement;
  /** Failed twice; open. */
  readonly parked: Settlement;
  /** Failed once; the next attempt is due in a minute. */
  readonly retrying: Settlement;
  /** Cancelled while both holds were active. */
  readonly cancelled: Settlement;
  /** Paused with both holds active. */
  readonly paused: Settlement;
  /** Its settlement date has not come. */
  readonly future: Settlement;
}

const SECONDS = 1_000;
const DAYS = 86_400 * SECONDS;

/** Fills a ledger with settlements of every fate. */
export async function keepBooks(world: LedgerWorld): Promise<Books> {
  await world.setUp();
  const seller = await world.account({ BTC: '100', USDT: '50' });
  const buyer = await world.account({ USDT: '100000' });
  const poor = await world.account();
  const trade = (changes: Partial<TradeTerms> = {}): TradeTerms => ({
    buyer,
    seller,
    quantity: '1.5',
    price: '100',
    buyer_commission: '0.3',
    seller_commission: '0.2',
    ...changes,
  });
  const reopened = await closeAndReopen(world, trade({ buyer: poor, price: '10' }));
  const settled = await world.settlementIn('settled', trade());
  await world.settlementIn('settled', trade({ buyer_commission: '0', seller_commission: '0' }));
  const retried = await failAndRetry(world, trade({ buyer: poor, price: '20' }));
  const parked = await failTwice(world, trade({ buyer: poor, quantity: '2' }));
  const retrying = (await world.drive(one(await world.accept(trade({ buyer: poor, quantity: '3' }))))).row;
  const locked = await world.settlementIn('buyer_cash_locked', trade({ quantity: '4' }));
  const cancelled = rowOf(one(await world.ledger.cancel([refOf(locked)], world.ops)));
  const held = await world.settlementIn('buyer_cash_locked', trade({ quantity: '5' }));
  const paused = rowOf(one(await world.ledger.pause([refOf(held)], world.ops)));
  const day = new Date(world.now.getTime() + 3 * DAYS).toISOString().slice(0, 10);
  const future = one(await world.accept(trade({ settlement_date: day })));
  return { seller, buyer, poor, settled, retried, reopened, parked, retrying, cancelled, paused, future };
}

async function failAndRetry(world: LedgerWorld, terms: TradeTerms): Promise<Settlement> {
  const failed = (await world.drive(one(await world.accept(terms)))).row;
  await world.adjust(terms.buyer, 'USDT', '31');
  world.now = new Date(world.now.getTime() + 61 * SECONDS);
  return expectStatus('settled', (await world.drive(failed)).row);
}

async function failTwice(world: LedgerWorld, terms: TradeTerms): Promise<Settlement> {
  const failed = (await world.drive(one(await world.accept(terms)))).row;
  world.now = new Date(world.now.getTime() + 61 * SECONDS);
  return expectStatus('failed', (await world.drive(failed)).row);
}

async function closeAndReopen(world: LedgerWorld, terms: TradeTerms): Promise<Settlement> {
  const parked = await failTwice(world, terms);
  world.now = new Date(world.now.getTime() + 30 * DAYS);
  const closed = (await world.drive(parked)).row;
  await world.adjust(terms.buyer, 'USDT', '16');
  const again = rowOf(one(await world.ledger.retry([refOf(closed)], { ...world.ops, actor: OPS })));
  return expectStatus('settled', (await world.drive(again)).row);
}

function expectStatus(status: Settlement['status'], row: Settlement): Settlement {
  if (row.status !== status) throw new Error(`${row.trade_id} is ${row.status}, not ${status}: ${row.failure_reason}`);
  return row;
}
