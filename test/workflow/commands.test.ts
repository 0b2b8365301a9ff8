import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Settlement, SettlementStatus } from '../../src/domain/settlement';
import { findTemporalBinary } from '../../src/embedded/temporal-binary';
import { listEvents } from '../../src/postgres/queries/settlements';
import { COMMAND_NAMES, type CommandVerb } from '../../src/protocol/temporal/settlement-messages';
import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';
import { eventTypesOf, failureOf, submit } from '../support/workflow-page';

const engine = new TestEngine({ settlement: { retry_attempts: 0 } });
const OPS = { actor: 'ops@example.com', reason: 'agreed by phone' };
const TRADE = { quantity: '1', price: '100' };

afterEach(() => expectCoherent(engine.database.pool));

async function accounts(cash = '100') {
  return { seller: await engine.world.account({ BTC: '1' }), buyer: await engine.world.account({ USDT: cash }) };
}

async function parked() {
  const parties = await accounts('50');
  const handle = await submit(engine, engine.world.trade({ ...parties, ...TRADE }));
  const row = await engine.until(tradeIdOf(handle), (s) => s.parked_since !== null);
  return { ...parties, handle, row };
}

/** Paused in this state, so that nothing moves by itself, with a workflow that waits. */
async function pausedIn(status: SettlementStatus) {
  const row = await engine.world.settlementIn(status, { ...(await accounts()), ...TRADE });
  await engine.engine.commands.send('pause', row.id, OPS);
  return { row, handle: engine.handle(row.trade_id) };
}

describe('a command as an Update', () => {
  it('answers with the row afterwards, and the events say who it was said to be', async () => {
    const { buyer, handle, row } = await parked();
    await engine.world.adjust(buyer, 'USDT', '50');

    const answer = await update(handle, 'retry');

    expect(answer).toMatchObject({ id: row.id, status: 'initiated', attempt: 2, retry_count: 1, parked_since: null });
    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
    const events = await listEvents(engine.database.pool, row.id);
    expect(events.find((event) => event.from_status === 'failed' && event.kind === 'step')).toMatchObject({
      actor: 'ops@example.com (via temporal, unverified)',
      reason: 'agreed by phone',
    });
  });

  it.each<[string, unknown[]]>([
    ['nothing', []],
    ['a text', ['retry please']],
    ['no reason', [{ actor: 'ops' }]],
    ['an empty reason', [{ actor: 'ops', reason: ' ' }]],
    ['no actor', [{ reason: 'x' }]],
    ['a field more', [{ ...OPS, force: true }]],
    ['a control character', [{ ...OPS, reason: 'a\u0007b' }]],
    ['a reason without end', [{ ...OPS, reason: 'x'.repeat(2_001) }]],
  ])('is refused by its validator with %s, and leaves no trace', async (_, args) => {
    const { handle } = await pausedIn('pending');
    await handle.executeUpdate(COMMAND_NAMES.pause, { args: [OPS] });
    const before = await engine.world.everything();

    for (const name of Object.values(COMMAND_NAMES)) {
      const error = await handle
        .executeUpdate<unknown, [unknown]>(name, { args: args as [unknown] })
        .catch((thrown: unknown) => thrown);
      expect(causeOf(error)).toMatchObject({ type: 'INVALID_COMMAND', nonRetryable: true });
    }

    expect(await engine.world.everything()).toEqual(before);
    const accepted = (await eventTypesOf(handle)).filter((type) => type === 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED');
    expect(accepted).toHaveLength(1);
    await update(handle, 'cancel');
  });

  it.each(['pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked'] as const)(
    'cancels a paused one in %s; a retry of it is forbidden, with its state',
    async (status) => {
      const { row, handle } = await pausedIn(status);

      const error = await update(handle, 'retry').catch((thrown: unknown) => thrown);
      expect(causeOf(error)).toMatchObject({
        type: 'COMMAND_FORBIDDEN',
        message: `Cannot retry this settlement: it is ${status}: only a failed settlement can be retried.`,
      });

      expect(await update(handle, 'cancel')).toMatchObject({ id: row.id, failure_code: 'CANCELLED' });
      expect(await failureOf(handle)).toMatchObject({ type: 'CANCELLED', message: 'agreed by phone' });
    },
  );

  it('resumes a paused one, which settles', async () => {
    const { row, handle } = await pausedIn('seller_securities_locked');

    expect(await update(handle, 'resume')).toMatchObject({ id: row.id, paused: false });

    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
  });

  it('asked twice, answers the same; a paused failed one is not retried', async () => {
    const { handle, row } = await parked();
    expect(await update(handle, 'pause')).toMatchObject({ paused: true });
    expect(await update(handle, 'pause')).toMatchObject({ paused: true });

    const error = await update(handle, 'retry').catch((thrown: unknown) => thrown);

    expect(causeOf(error)?.message).toBe('Cannot retry this settlement: it is paused: resume it first.');
    expect(await update(handle, 'resume')).toMatchObject({ paused: false });
    expect(await update(handle, 'cancel')).toMatchObject({ failure_code: 'CANCELLED' });
    expect(await failureOf(handle)).toMatchObject({ type: 'CANCELLED' });
    expect((await engine.world.events(row)).filter((event) => event === 'paused failed')).toHaveLength(1);
  });

  it('may be sent with the CLI of Temporal: funded and retried, a parked one settles', async () => {
    const { buyer, handle, row } = await parked();
    await engine.world.adjust(buyer, 'USDT', '50');
    const temporal = await findTemporalBinary({ dataFolder: tmpdir(), say: () => undefined });

    const { stdout } = await promisify(execFile)(temporal, [
      ...['workflow', 'update', 'execute', '--workflow-id', handle.workflowId, '--name', 'retrySettlement'],
      ...['--input', JSON.stringify({ actor: 'night shift', reason: 'the cash has come' }), '--output', 'json'],
      ...['--address', engine.temporal.connectionOptions.address, '--namespace', engine.namespace],
    ]);

    expect(JSON.parse(stdout)).toMatchObject({ result: { id: row.id, status: 'initiated', attempt: 2 } });
    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
  });
});

describe('a command as a Signal', () => {
  it('is carried out', async () => {
    const { row, handle } = await pausedIn('buyer_cash_locked');

    await handle.signal(COMMAND_NAMES.resume, OPS);

    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
    const resumed = (await listEvents(engine.database.pool, row.id)).find((event) => event.kind === 'resumed');
    expect(resumed?.actor).toBe('ops@example.com (via temporal, unverified)');
  });

  it('never ends the workflow: of a bad shape or forbidden, it is ignored', async () => {
    const { row, handle } = await pausedIn('initiated');
    const events = await engine.world.events(row);

    for (const name of Object.values(COMMAND_NAMES)) {
      await handle.signal(name);
      await handle.signal(name, { actor: 7, reason: null });
    }
    await handle.signal(COMMAND_NAMES.retry, OPS);
    await handle.signal('wake');
    await update(handle, 'pause');

    expect(await engine.world.events(row)).toEqual(events);
    expect(await eventTypesOf(handle)).not.toContain('WORKFLOW_TASK_FAILED');
    await handle.signal(COMMAND_NAMES.cancel, OPS);
    expect(await failureOf(handle)).toMatchObject({ type: 'CANCELLED' });
  });
});

describe('a command through the service', () => {
  it('is carried out on the row, and the workflow hears of it; no suffix marks who sent it', async () => {
    const { buyer, handle, row } = await parked();
    await engine.world.adjust(buyer, 'USDT', '50');

    const answer = await engine.engine.commands.send('retry', row.trade_id, OPS);

    expect(answer).toMatchObject({ outcome: 'committed', settlement: { status: 'initiated' } });
    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
    const events = await listEvents(engine.database.pool, row.id);
    expect(events.find((event) => event.attempt === 2)).toMatchObject(OPS);
  });

  it('is forbidden on one that is settled or cancelled, and knows what does not exist', async () => {
    const { commands } = engine.engine;
    const settled = await engine.world.settlementIn('settled', { ...(await accounts()), ...TRADE });
    for (const verb of ['retry', 'cancel', 'pause', 'resume'] as const) {
      const answer = await commands.send(verb, settled.id, OPS);
      expect(answer).toMatchObject({ outcome: 'forbidden', settlement: { status: 'settled' } });
    }
    const cancelled = (await pausedIn('pending')).row;
    await commands.send('cancel', cancelled.trade_id, OPS);
    expect(await commands.send('retry', cancelled.id, OPS)).toMatchObject({
      outcome: 'forbidden',
      reason: 'it was cancelled, which is final',
    });
    expect(await commands.send('cancel', cancelled.id, OPS)).toMatchObject({ outcome: 'committed' });
    expect(await commands.send('retry', 'T-nobody-knows', OPS)).toEqual({ outcome: 'not_found' });
  });

  it('begins a settlement that has no workflow', async () => {
    const row = await engine.world.settlementIn('seller_securities_locked', { ...(await accounts()), ...TRADE });
    await engine.world.ledger.pause([{ settlement_id: row.id, attempt: 1 }], engine.world.ops);

    await engine.engine.commands.send('resume', row.id, OPS);

    await expect(engine.handle(row.trade_id).result()).resolves.toMatchObject({ status: 'settled' });
  });
});

function update(handle: WorkflowHandle, verb: CommandVerb): Promise<Settlement> {
  return handle.executeUpdate<Settlement, [typeof OPS]>(COMMAND_NAMES[verb], { args: [OPS] });
}

function causeOf(error: unknown): ApplicationFailure | null {
  if (!(error instanceof WorkflowUpdateFailedError)) throw error;
  return error.cause instanceof ApplicationFailure ? error.cause : null;
}

function tradeIdOf(handle: WorkflowHandle): string {
  return handle.workflowId.slice('settlement-'.length);
}
