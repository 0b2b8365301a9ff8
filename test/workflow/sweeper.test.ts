import type { Settlement } from '../../src/domain/settlement';
import { claimDueSettlements } from '../../src/postgres/queries/open-settlements';
import { runWorker } from '../../src/worker/run-worker';
import { ageRows } from '../support/age-rows';
import { doubleSwaps } from '../support/digest';
import { eventually } from '../support/eventually';
import { expectCoherent } from '../support/expect-coherent';
import { one, type TradeTerms } from '../support/ledger-world';
import { logLines } from '../support/log-lines';
import { TestEngine } from '../support/settlement-engine';

const logged = logLines();
/** As in production, but that it looks more often: rows are made older instead. */
const engine = new TestEngine({
  log: logged.log,
  settlement: { timeout_seconds: 1 },
  sweeper: { interval_ms: 200, untouched_ms: 30_000 },
});
const { world, database } = engine;

afterEach(() => expectCoherent(database.pool));

/** The workflow's run, or null if it was never started. */
async function runOf(tradeId: string): Promise<{ readonly runId: string; readonly status: string } | null> {
  try {
    const { runId, status } = await engine.handle(tradeId).describe();
    return { runId, status: status.name };
  } catch {
    return null;
  }
}

async function traders(): Promise<{ seller: string; buyer: string }> {
  return { seller: await world.account({ BTC: '1000' }), buyer: await world.account({ USDT: '1000000' }) };
}

async function acceptTwo(first: TradeTerms, second: TradeTerms): Promise<readonly [Settlement, Settlement]> {
  return [one(await world.accept(first)), one(await world.accept(second))];
}

async function acceptMany(count: number): Promise<readonly Settlement[]> {
  const { seller, buyer } = await traders();
  return world.accept(...Array.from({ length: count }, () => ({ buyer, seller, quantity: '1', price: '10' })));
}

describe('a claim of what is due', () => {
  const claim = (db: Parameters<typeof claimDueSettlements>[0]) => {
    const as_of = new Date();
    return claimDueSettlements(db, { as_of, untouched_since: new Date(as_of.getTime() - 30_000), limit: 3 });
  };
  const idsOf = (claimed: Awaited<ReturnType<typeof claim>>) => claimed.map(({ settlement }) => settlement.id);

  it('is taken once, oldest first; those that are taken or locked do not keep the next ones from their turn', async () => {
    await engine.stopWorker();
    const accepted = await acceptMany(6);
    await ageRows(database, ...accepted);
    const ids = accepted.map(({ id }) => id);

    await database.asSuperuser(async (client) => {
      await client.query('begin');
      await client.query('select from settlements where id = any ($1) for update', [ids.slice(0, 2)]);
      expect(idsOf(await claim(database.pool))).toEqual(ids.slice(2, 5));
    });
    expect(idsOf(await claim(database.pool))).toEqual([ids[0], ids[1], ids[5]]);
    expect(idsOf(await claim(database.pool))).toEqual([]);

    await ageRows(database, ...accepted);
    await engine.startWorker();
    for (const { trade_id } of accepted) await engine.until(trade_id, (s) => s.status === 'settled');
  });
});

describe('the sweeper', () => {
  it('starts what was accepted and whose workflow never was, once nobody has touched it for 30 s', async () => {
    const { seller, buyer } = await traders();
    const terms = { buyer, seller, quantity: '1', price: '100' };
    const [old, young] = await acceptTwo(terms, terms);
    await ageRows(database, old);

    expect(await engine.until(old.trade_id, (s) => s.status === 'settled')).toMatchObject({ retry_count: 0 });
    expect((await runOf(old.trade_id))?.status).toBe('COMPLETED');

    // Several sweeps have come by now, and left the young one to whoever accepted it.
    expect(await runOf(young.trade_id)).toBeNull();
    await engine.ensureRunning(young.trade_id);
    await engine.until(young.trade_id, (s) => s.status === 'settled');
  });

  it('brings a terminated workflow back, and it goes on from its row', async () => {
    const { seller, buyer } = await traders();
    const third = await world.account();
    const [first, second] = await acceptTwo(
      { buyer, seller, quantity: '5', price: '100' },
      { buyer: third, seller: buyer, quantity: '5', price: '1' },
    );
    await world.adjust(third, 'USDT', '5');
    await engine.ensureRunning(second.trade_id);
    await engine.until(second.trade_id, (s) => s.waiting_since !== null);
    const before = await runOf(second.trade_id);

    await engine.handle(second.trade_id).terminate('the test says so');
    await ageRows(database, second);
    const after = await eventually('a second run', async () => {
      const run = await runOf(second.trade_id);
      return run?.status === 'RUNNING' && run.runId !== before?.runId ? run : null;
    });

    expect(after.runId).not.toBe(before?.runId);
    await engine.ensureRunning(first.trade_id);
    await engine.until(second.trade_id, (s) => s.status === 'settled', 40_000);
    expect(await world.available(third, 'BTC')).toBe('5');
  });

  it('of two workers double nothing: one swap, and one run, each', async () => {
    const other = await runWorker(await engine.workerOptions());
    try {
      const accepted = await acceptMany(70);
      await ageRows(database, ...accepted);

      for (const { trade_id } of accepted) await engine.until(trade_id, (s) => s.status === 'settled', 60_000);

      expect(await doubleSwaps(database.pool)).toBe(0);
      const runs = await eventually('all runs to be visible', async () => {
        const found: string[] = [];
        for await (const run of engine.engine.temporal.client.workflow.list()) found.push(run.workflowId);
        return accepted.every(({ trade_id }) => found.includes(`settlement-${trade_id}`)) ? found : null;
      });
      expect(accepted.map(({ trade_id }) => runs.filter((id) => id === `settlement-${trade_id}`).length)).toEqual(
        accepted.map(() => 1),
      );
    } finally {
      await other.stop();
    }
  });

  it('gives dated, paused, parked and retrying ones their workflow when a worker starts, though another one sweeps', async () => {
    await engine.stopWorker();
    const { seller, buyer } = await traders();
    const poor = await world.account({ USDT: '1' });
    const inTenDays = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
    const terms = { buyer, seller, quantity: '1', price: '10' };
    const [dated, paused] = await acceptTwo({ ...terms, settlement_date: inTenDays }, terms);
    await world.ledger.pause([{ settlement_id: paused.id, attempt: 1 }], world.ops);
    const { row: retrying } = await world.drive(one(await world.accept({ ...terms, buyer: poor })));
    const resting = [dated, paused, retrying];

    await database.asSuperuser(async (client) => {
      await client.query('begin');
      await client.query('select pg_advisory_xact_lock(7235001)');
      await engine.startWorker();
      for (const { trade_id } of resting) await eventually(`${trade_id} to run`, () => runOf(trade_id));
    });
    expect((await world.read(dated)).status).toBe('pending');
    expect((await world.read(paused)).paused).toBe(true);
    const parked = await engine.until(retrying.trade_id, (s) => s.parked_since !== null);
    expect(parked).toMatchObject({ retry_count: 1, failure_code: 'INSUFFICIENT_CASH' });
    await engine.handle(parked.trade_id).terminate('the test says so');
    await engine.stopWorker();
    await engine.startWorker();
    await eventually('the parked one to run again', async () => (await runOf(parked.trade_id))?.status === 'RUNNING');
    expect(await world.read(parked)).toMatchObject({ retry_count: 1, parked_since: parked.parked_since });
  });

  it('reports a long wait once, naming what it waits for', async () => {
    const { seller, buyer } = await traders();
    const third = await world.account({ USDT: '5' });
    const [first, second] = await acceptTwo(
      { buyer, seller, quantity: '5', price: '100' },
      { buyer: third, seller: buyer, quantity: '5', price: '1' },
    );
    await engine.ensureRunning(second.trade_id);

    const report = await eventually('the report', () =>
      logged.lines.find((line) => line['trade_id'] === second.trade_id),
    );
    const sentence = `for trade ${first.trade_id}, which is earlier in line for the BTC of account ${first.buyer_account_number}`;
    expect(report).toMatchObject({ level: 40, waits: sentence, status: 'initiated' });
    expect(report['msg']).toContain(sentence);

    await engine.ensureRunning(first.trade_id);
    await engine.until(second.trade_id, (s) => s.status === 'settled', 40_000);
    expect(logged.lines.filter((line) => line['trade_id'] === second.trade_id && line['waits'])).toHaveLength(1);
  });
});
