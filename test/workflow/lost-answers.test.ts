import { z } from 'zod/v4';
import type { Settlement } from '../../src/domain/settlement';
import { sql } from '../../src/postgres/sql';
import { runWorker } from '../../src/worker/run-worker';
import { startChildWorker } from '../support/child-worker';
import { digestOf, doubleSwaps, type Digest } from '../support/digest';
import { eventually } from '../support/eventually';
import { expectCoherent } from '../support/expect-coherent';
import { one } from '../support/ledger-world';
import { TestEngine } from '../support/settlement-engine';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

const engine = new TestEngine();
const { world, database } = engine;
let proxy: TcpProxy;

beforeAll(async () => {
  proxy = await startTcpProxy(database.url);
  await engine.stopWorker();
});
afterAll(() => proxy.close());

/** A trade between two accounts of its own that leaves crumbs of everything: amounts with decimals, both commissions. */
interface Scene {
  readonly accounts: readonly [string, string];
  readonly settlement: Settlement;
}

async function scene(): Promise<Scene> {
  const seller = await world.account({ BTC: '3.5' });
  const buyer = await world.account({ USDT: '1000', BTC: '1' });
  const trade = { buyer, seller, quantity: '2.5', price: '300.33', buyer_commission: '1.5', seller_commission: '0.25' };
  return { accounts: [seller, buyer], settlement: one(await world.accept(trade)) };
}

/** What a step's request has in its bytes, and no other request; and the status that the step leads to. */
const STEPS = {
  initiate: { mark: (s: Settlement) => ['initiate_settlements', s.id], reaches: 'initiated' },
  lockSecurities: {
    mark: (s: Settlement) => ['lock_leg', `${s.id}:1:securities`],
    reaches: 'seller_securities_locked',
  },
  lockCash: { mark: (s: Settlement) => ['lock_leg', `${s.id}:1:cash`], reaches: 'buyer_cash_locked' },
  execute: { mark: (s: Settlement) => ['execute_settlements', s.id], reaches: 'confirmed' },
  finalise: { mark: (s: Settlement) => ['finalise_settlements', s.id], reaches: 'settled' },
} as const;
type StepName = keyof typeof STEPS;
const KILLED_AT: readonly StepName[] = ['lockSecurities', 'lockCash', 'execute'];

const COMMIT_GATE = 4_711;

/**
 * Only in this database: the COMMIT of a listed settlement's step stops half-way, before it is durable, at a gate of the test;
 * and it goes on afterwards, though its client is gone (elsewhere PostgreSQL looks after that every 5 s).
 */
function addGateAtCommit(): Promise<void> {
  return database.asSuperuser(async (client) => {
    await client.query(`
      create table commit_gates (settlement_id uuid, status settlement_status);
      grant select on commit_gates to cantondex_user;
      create function wait_at_commit_gate() returns trigger language plpgsql as $$
      begin
        if exists (select from commit_gates g where g.settlement_id = new.settlement_id and g.status = new.to_status) then
          perform pg_advisory_xact_lock_shared(${COMMIT_GATE});
        end if;
        return null;
      end $$;
      create constraint trigger wait_at_commit_gate after insert on settlement_events
        deferrable initially deferred for each row execute function wait_at_commit_gate();
      alter database ${database.name} set client_connection_check_interval = 0;`);
  });
}

/** How many sessions of the database wait for this kind of lock. */
function waitersFor(kind: 'advisory' | 'transactionid'): Promise<number> {
  return database.pool.oneFirst(sql.type(z.object({ count: z.int() }))`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and wait_event = ${kind}`);
}

async function undisturbed(): Promise<Digest> {
  const { accounts, settlement } = await scene();
  await engine.startWorker();
  await engine.ensureRunning(settlement.trade_id);
  await engine.until(settlement.trade_id, (s) => s.status === 'settled');
  await engine.stopWorker();
  return digestOf(database.pool, accounts);
}

describe('a worker that is killed with a step committed that it does not know of', () => {
  it('leaves nothing behind that an undisturbed run would not: both locks and the swap, at three points each', async () => {
    const expected = await undisturbed();
    expect(expected.events).toHaveLength(7);
    await addGateAtCommit();
    const scenes = new Map<string, Scene>();
    for (const step of KILLED_AT) {
      for (const point of ['inside COMMIT', 'held back', 'passed on']) scenes.set(`${step} ${point}`, await scene());
    }
    const sceneOf = (step: StepName, point: string): Settlement => {
      const found = scenes.get(`${step} ${point}`);
      if (found === undefined) throw new Error(`${step} ${point} has no scene`);
      return found.settlement;
    };
    for (const step of KILLED_AT) {
      await database.asSuperuser((client) =>
        client.query('insert into commit_gates values ($1, $2)', [
          sceneOf(step, 'inside COMMIT').id,
          STEPS[step].reaches,
        ]),
      );
    }
    const trades = [...scenes.values()].map(({ settlement }) => settlement.trade_id);

    await database.asSuperuser(async (gate) => {
      await gate.query('select pg_advisory_lock($1)', [COMMIT_GATE]);
      const child = await startChildWorker({
        databaseUrl: proxy.through(database.url),
        temporal: engine.temporal,
        settlement: engine.settlement,
        sweeper: { interval_ms: 3_600_000 },
      });
      const stranded = KILLED_AT.flatMap((step) =>
        (['held back', 'passed on'] as const).map((point) => {
          const settlement = sceneOf(step, point);
          return proxy.strandAtAnswerTo(STEPS[step].mark(settlement), settlement.id, point);
        }),
      );
      await engine.ensureRunning(...trades);
      await Promise.all(stranded);
      await eventually('three sessions inside COMMIT', async () => (await waitersFor('advisory')) === 3);
      await child.kill();

      for (const step of KILLED_AT) {
        for (const point of ['held back', 'passed on']) {
          expect((await world.read(sceneOf(step, point))).status).toBe(STEPS[step].reaches);
        }
      }
      await engine.startWorker();
      // The next worker asks for the same steps while the first one's COMMITs are still on their way.
      const askAgain = async () => (await waitersFor('transactionid')) === 3;
      await eventually('the next worker to wait for those inside COMMIT', askAgain, 40_000);
    });

    for (const [name, { accounts, settlement }] of scenes) {
      await engine.until(settlement.trade_id, (s) => s.status === 'settled', 40_000);
      expect({ name, ...(await digestOf(database.pool, accounts)) }).toEqual({ name, ...expected });
    }
    expect(await doubleSwaps(database.pool)).toBe(0);
    await expectCoherent(database.pool);
    await engine.stopWorker();
  }, 120_000);
});

describe('a network that drops the answer to a step', () => {
  it('costs no attempt and doubles nothing: the row is read back, as the history shows', async () => {
    const expected = await undisturbed();
    const worker = await runWorker({ ...(await engine.workerOptions()), databaseUrl: proxy.through(database.url) });
    try {
      for (const step of Object.values(STEPS)) {
        const { accounts, settlement } = await scene();
        const dropped = proxy.dropAnswerTo(...step.mark(settlement));
        await engine.ensureRunning(settlement.trade_id);
        await dropped;

        await engine.handle(settlement.trade_id).result();

        expect(await world.read(settlement)).toMatchObject({ status: 'settled', attempt: 1, retry_count: 0 });
        expect({ step, ...(await digestOf(database.pool, accounts)) }).toEqual({ step, ...expected });
        expect(await summariesOf(settlement.trade_id)).toContain('Read the settlement back');
      }
      expect(await doubleSwaps(database.pool)).toBe(0);
    } finally {
      await worker.stop();
    }
    await expectCoherent(database.pool);
  });

  it('makes the accept of a plain start ask again, and find its trade known', async () => {
    const worker = await runWorker({ ...(await engine.workerOptions()), databaseUrl: proxy.through(database.url) });
    try {
      const seller = await world.account({ BTC: '1' });
      const buyer = await world.account({ USDT: '10' });
      const event = world.trade({ buyer, seller, quantity: '1', price: '10' });
      const dropped = proxy.dropAnswerTo('accept_trades', event.trade_id);
      const handle = await engine.start(event);
      await dropped;
      expect(await handle.result()).toMatchObject({ trade_id: event.trade_id, status: 'settled' });
    } finally {
      await worker.stop();
    }
    await expectCoherent(database.pool);
  });
});

/** The summaries of everything in a workflow's history that has one. */
async function summariesOf(tradeId: string): Promise<readonly unknown[]> {
  return (await engine.history(tradeId)).flatMap(({ summary }) =>
    summary === null ? [] : [JSON.parse(summary) as unknown],
  );
}
