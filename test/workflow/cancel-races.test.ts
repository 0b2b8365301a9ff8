import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod/v4';
import { settlementId } from '../../src/domain/ids';
import type { Ledger, LedgerAnswer, LedgerContext, SettlementRef } from '../../src/ledger/port';
import { sql } from '../../src/postgres/sql';
import { settlementWorkflowId } from '../../src/protocol/temporal/names';
import { expectCoherent } from '../support/expect-coherent';
import { activitiesOn, withWorker } from '../support/other-worker';
import { TestEngine } from '../support/settlement-engine';
import { submit } from '../support/workflow-page';

const engine = new TestEngine();
const OPS = { actor: 'ops', reason: 'a cancel in a race' };
const TASK_QUEUE = 'cancel-races';

const VERBS = ['initiate', 'lockSecurities', 'lockCash', 'execute', 'finalise'] as const;
type Verb = (typeof VERBS)[number];

/**
 * Where the cancel falls. `after`: the step has committed, and the workflow does not know it yet. `beside`: both are sent
 * to the database at once, and the row's lock decides. `certain` is how it must end, if that is certain.
 */
interface Boundary {
  readonly verb: Verb;
  readonly when: 'before' | 'after' | 'beside';
  readonly certain: 'CANCELLED' | 'settled' | null;
}

const BOUNDARIES: readonly Boundary[] = [
  { verb: 'initiate', when: 'before', certain: 'CANCELLED' },
  { verb: 'initiate', when: 'after', certain: 'CANCELLED' },
  { verb: 'lockSecurities', when: 'after', certain: 'CANCELLED' },
  { verb: 'lockCash', when: 'after', certain: 'CANCELLED' },
  { verb: 'execute', when: 'after', certain: 'settled' },
  { verb: 'finalise', when: 'after', certain: 'settled' },
  { verb: 'lockSecurities', when: 'beside', certain: 'CANCELLED' },
  { verb: 'execute', when: 'beside', certain: null },
];
const AT_EACH_BOUNDARY = 15;
const AT_ANY_MOMENT = 200 - BOUNDARIES.length * AT_EACH_BOUNDARY;
const AT_ONCE = 20;

interface Race {
  readonly tradeId: string;
  /** What the one who cancelled was told. */
  readonly committed: boolean;
  readonly certain: Boundary['certain'];
}

describe('200 settlements, each with a cancel', () => {
  it('end settled or CANCELLED, never both, and no hold is left', async () => {
    const { world } = engine;
    const seller = await world.account({ BTC: '200' });
    const buyer = await world.account({ USDT: '20000' });
    const terms = { seller, buyer, quantity: '1', price: '100' };
    const atBoundaries = BOUNDARIES.flatMap((boundary) =>
      Array.from({ length: AT_EACH_BOUNDARY }, () => () => cancelAt(boundary, world.trade(terms))),
    );
    const atAnyMoment = Array.from(
      { length: AT_ANY_MOMENT },
      (_, i) => () => cancelAfter((i * 300) / AT_ANY_MOMENT, world.trade(terms)),
    );

    const races = await withWorker(
      engine,
      { taskQueue: TASK_QUEUE, activities: activitiesOn(engine, cancellingLedger(engine.engine.ledger)) },
      () => inParallel([...atBoundaries, ...atAnyMoment], AT_ONCE),
    );

    const rows = await Promise.all(races.map(({ tradeId }) => engine.until(tradeId, (s) => s.closed_at !== null)));
    expect(rows).toHaveLength(200);
    const fates = rows.map((row) => row.failure_code ?? row.status);
    expect(fates).toEqual(races.map(({ committed }) => (committed ? 'CANCELLED' : 'settled')));
    expect(fates).toEqual(races.map(({ certain }, i) => certain ?? fates[i]));
    const settled = fates.filter((fate) => fate === 'settled').length;
    expect(await world.balance(seller, 'BTC')).toEqual({ available: String(200 - settled), reserved: '0' });
    expect(await world.balance(buyer, 'BTC')).toEqual({ available: String(settled), reserved: '0' });
    const cash = { available: String(20_000 - 100 * settled), reserved: '0' };
    expect(await world.balance(buyer, 'USDT')).toEqual(cash);
    expect(await counts()).toEqual({ active_holds: 0, swaps: settled });
    await expectCoherent(engine.database.pool);
  });
});

const planned = new Map<string, { boundary: Boundary; told: (committed: boolean) => void }>();

async function cancelAt(boundary: Boundary, event: ReturnType<typeof engine.world.trade>): Promise<Race> {
  const { trade_id } = event;
  const told = new Promise<boolean>((resolve) => {
    planned.set(settlementId(trade_id), { boundary, told: resolve });
  });
  const handle = await engine.engine.temporal.client.workflow.start('settleTrade', {
    workflowId: settlementWorkflowId(trade_id),
    taskQueue: TASK_QUEUE,
    args: [event],
  });
  await handle.result().catch(() => undefined);
  return { tradeId: trade_id, committed: await told, certain: boundary.certain };
}

/** An Update that arrives wherever the settlement is by then; one that has settled before refuses it. */
async function cancelAfter(moment_ms: number, event: ReturnType<typeof engine.world.trade>): Promise<Race> {
  const handle = await submit(engine, event);
  await delay(moment_ms);
  const committed = await handle.executeUpdate('cancelSettlement', { args: [OPS] }).then(
    () => true,
    () => false,
  );
  await handle.result().catch(() => undefined);
  return { tradeId: event.trade_id, committed, certain: null };
}

/** The ledger as it is, with a cancel at the boundary that is planned for a settlement. */
function cancellingLedger(ledger: Ledger): Ledger {
  const steps = Object.fromEntries(VERBS.map((verb) => [verb, withCancel(verb, ledger[verb])]));
  return { ...ledger, ...steps };
}

type Step = (settlements: readonly SettlementRef[], context: LedgerContext) => Promise<LedgerAnswer[]>;

function withCancel(verb: Verb, step: Step): Step {
  return async (settlements, context) => {
    const id = settlements[0]?.settlement_id ?? '';
    const plan = planned.get(id);
    if (plan?.boundary.verb !== verb) return step(settlements, context);
    planned.delete(id);
    const cancel = async (): Promise<void> =>
      plan.told((await engine.engine.commands.send('cancel', id, OPS)).outcome === 'committed');
    if (plan.boundary.when === 'before') await cancel();
    const [answers] = await Promise.all([
      step(settlements, context),
      plan.boundary.when === 'beside' ? cancel() : Promise.resolve(),
    ]);
    if (plan.boundary.when === 'after') await cancel();
    return answers;
  };
}

/** Runs them all, at most `width` at once; answers in their order. */
async function inParallel<T>(works: readonly (() => Promise<T>)[], width: number): Promise<T[]> {
  const answers: T[] = [];
  const queue = works.entries();
  const lane = async (): Promise<void> => {
    for (const [i, work] of queue) answers[i] = await work();
  };
  await Promise.all(Array.from({ length: width }, lane));
  return answers;
}

function counts() {
  return engine.database.pool.one(sql.type(z.object({ active_holds: z.int(), swaps: z.int() }))`
    select
      (select count(*) from holds where status = 'active')::int as active_holds,
      (select count(*) from ledger_transactions where kind = 'dvp')::int as swaps`);
}
