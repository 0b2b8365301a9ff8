import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';
import { currentDetails, eventually, searchAttributesOfRun } from '../support/workflow-page';

const engine = new TestEngine();
const OPS = { actor: 'ops', reason: 'a test' };
/** Temporal suggests to continue as new at 4,096 events. */
const WAKES = 4_100;
const AT_ONCE = 50;

afterEach(() => expectCoherent(engine.database.pool));

describe('a settlement whose history grows long', () => {
  it('continues in a new run, as it was, and settles there', async () => {
    const { world } = engine;
    const parties = { seller: await world.account({ BTC: '1' }), buyer: await world.account({ USDT: '100' }) };
    const row = await world.settlementIn('seller_securities_locked', { ...parties, quantity: '1', price: '100' });
    await engine.engine.commands.send('pause', row.id, OPS);
    const handle = engine.handle(row.trade_id);
    await eventually(async () => expect(await currentDetails(handle)).toContain('**Paused**'));
    const before = await handle.describe();
    const shown = await searchAttributesOfRun(handle);

    let left = WAKES;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await handle.signal('wake');
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));

    await eventually(async () => expect((await handle.describe()).runId).not.toBe(before.runId), 40_000);
    await eventually(async () => expect(await currentDetails(handle)).toContain('**Paused**'));
    expect(await searchAttributesOfRun(handle)).toEqual(shown);
    // The static summary stays behind: the SDK cannot hand it on. The details begin with the same line.
    expect(await currentDetails(handle)).toContain(await before.staticSummary());
    expect(await engine.until(row.trade_id, () => true)).toMatchObject({ paused: true, attempt: 1 });
    await handle.executeUpdate('resumeSettlement', { args: [OPS] });
    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
  }, 120_000);
});
