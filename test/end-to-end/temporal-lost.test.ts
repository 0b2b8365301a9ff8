import type { Settlement } from '../../src/domain/settlement';
import { sql } from '../../src/postgres/sql';
import { ageRows } from '../support/age-rows';
import { doubleSwaps } from '../support/digest';
import { eventually } from '../support/eventually';
import { expectCoherent } from '../support/expect-coherent';
import { one, OPS, type TradeTerms } from '../support/ledger-world';
import { logLines } from '../support/log-lines';
import { OwnTemporal } from '../support/own-servers';
import { TestEngine } from '../support/settlement-engine';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

const temporal = new OwnTemporal();
let proxy: TcpProxy;
beforeAll(async () => {
  await temporal.start();
  // One address for both servers: the second one may listen elsewhere.
  proxy = await startTcpProxy(() => `http://${temporal.address}`);
  process.env['CANTONDEX_TEST_TEMPORAL_ADDRESS'] = new URL(proxy.through(`http://${temporal.address}`)).host;
});

const logged = logLines();
/** The one namespace that an empty server has by itself; rows are made older instead of waiting for 30 s. */
const engine = new TestEngine({
  namespace: 'default',
  log: logged.log,
  sweeper: { interval_ms: 300, untouched_ms: 30_000 },
});
const { world, database } = engine;
afterAll(async () => {
  await proxy.close();
  await temporal.end();
});

/** Open settlements of every kind, as they stand when Temporal loses everything. */
interface Open {
  /** In line, their next step due: two that wait (one of them locked), one that nobody started, one locked, one executing. */
  readonly moving: Readonly<Record<'first' | 'waiting' | 'locked' | 'cash_locked' | 'executing', Settlement>>;
  readonly resting: Readonly<Record<'dated' | 'paused' | 'parked', Settlement>>;
}

const accept = async (terms: TradeTerms): Promise<Settlement> => one(await world.accept(terms));

async function openOneOfEach(): Promise<Open> {
  const rich = await world.account({ BTC: '100', ETH: '100', USDT: '10000' });
  const middle = await world.account({ USDT: '5' });
  const poor = await world.account();
  const plain = { buyer: rich, seller: await world.account({ BTC: '100' }), quantity: '1', price: '10' };
  const inTenDays = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);

  const dated = await accept({ ...plain, settlement_date: inTenDays });
  const paused = await accept(plain);
  await world.ledger.pause([{ settlement_id: paused.id, attempt: 1 }], world.ops);
  const parked = await accept({ ...plain, buyer: poor });
  await engine.ensureRunning(dated.trade_id, paused.trade_id, parked.trade_id);

  // Three in line, each after the one before: nobody has started the first, so the others wait.
  const first = await accept({ buyer: middle, seller: rich, quantity: '5', price: '1' });
  const waiting = await accept({ buyer: rich, seller: middle, quantity: '5', price: '10' });
  const locked = await accept({ buyer: middle, seller: rich, quantity: '5', price: '10', symbol: 'ETH-USDT' });
  await engine.ensureRunning(waiting.trade_id, locked.trade_id);
  await engine.until(waiting.trade_id, (s) => s.status === 'initiated' && s.waiting_since !== null);
  await engine.until(locked.trade_id, (s) => s.status === 'seller_securities_locked' && s.waiting_since !== null);

  const cash_locked = await world.settlementIn('buyer_cash_locked', plain);
  const executing = await world.settlementIn('buyer_cash_locked', plain);
  await restInExecuting(executing);
  return {
    moving: { first, waiting, locked, cash_locked, executing },
    resting: { dated, paused, parked: await engine.until(parked.trade_id, (s) => s.parked_since !== null) },
  };
}

/** As a remote ledger would leave it: called, and not answered yet. The PostgreSQL ledger never rests there. */
async function restInExecuting({ id, event_seq }: Settlement): Promise<void> {
  await database.pool.query(sql.void`
    insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor)
    values (${id}::uuid, ${event_seq + 1}, 'step', 'buyer_cash_locked', 'executing', 1, 'engine')`);
}

async function isRunning({ trade_id }: Settlement): Promise<boolean> {
  try {
    return (await engine.handle(trade_id).describe()).status.name === 'RUNNING';
  } catch {
    return false;
  }
}

/** Everything that was open ends right: by itself, or by the command that it waits for. */
async function expectAllToEndRight({ moving, resting }: Open): Promise<void> {
  for (const { trade_id } of Object.values(moving)) {
    expect(await engine.until(trade_id, (s) => s.status === 'settled', 60_000)).toMatchObject({ retry_count: 0 });
  }
  for (const [name, settlement] of Object.entries(resting)) {
    await eventually(`the ${name} one to have a workflow`, () => isRunning(settlement), 30_000);
    const { retry_count, parked_since, status } = settlement;
    expect(await world.read(settlement)).toMatchObject({ retry_count, parked_since, status });
  }

  const { dated, paused, parked } = resting;
  const command = { actor: OPS, reason: 'because the test says so' };
  await engine.handle(dated.trade_id).executeUpdate('cancelSettlement', { args: [command] });
  await engine.handle(paused.trade_id).executeUpdate('resumeSettlement', { args: [command] });
  await world.adjust(parked.buyer_account_id, 'USDT', '10');
  await engine.engine.commands.send('retry', parked.trade_id, command);
  await engine.until(dated.trade_id, (s) => s.failure_code === 'CANCELLED' && s.closed_at !== null);
  expect(await engine.until(paused.trade_id, (s) => s.status === 'settled')).toMatchObject({ retry_count: 0 });
  expect(await engine.until(parked.trade_id, (s) => s.status === 'settled')).toMatchObject({
    retry_count: parked.retry_count + 1,
  });
  for (const { trade_id } of [paused, parked]) await engine.handle(trade_id).result();
  expect(await doubleSwaps(database.pool)).toBe(0);
  await expectCoherent(database.pool);
}

describe('Temporal loses everything that it knew', () => {
  it('between two workers: the new one sets it up, its sweeper brings all back, all end right', async () => {
    const open = await openOneOfEach();
    await engine.stopWorker();

    await temporal.loseEverything();
    await engine.makeNamespace();
    await ageRows(database, ...Object.values(open.moving));
    await engine.startWorker();

    await expectAllToEndRight(open);
  }, 180_000);

  it('under a worker that goes on: it notices the new namespace, sets it up again, and all end right', async () => {
    const open = await openOneOfEach();

    await temporal.loseEverything();
    await ageRows(database, ...Object.values(open.moving));

    await expectAllToEndRight(open);
    expect(logged.lines.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('its namespace is a new one'));
  }, 180_000);
});
