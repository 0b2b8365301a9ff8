import type { TradeEvent } from '../../src/domain/trade';
import { COMMAND_NAMES, WAKE_SIGNAL } from '../../src/protocol/temporal/settlement-messages';
import { expectCoherent } from '../support/expect-coherent';
import { expectReplayable } from '../support/replayed';
import { TestEngine } from '../support/settlement-engine';

/**
 * Messages that come at once. Each run's history must replay against the code that made it: with two local activities at
 * once it did not, and a settlement that two people had touched in the same second was stuck after the next restart.
 */
const engine = new TestEngine({ settlement: { retry_attempts: 0 } });

afterEach(() => expectCoherent(engine.database.pool));

const command = { actor: 'ops', reason: 'at once' };

async function parked(): Promise<TradeEvent> {
  const { world } = engine;
  const [buyer, seller] = [await world.account({ USDT: '1' }), await world.account({ BTC: '1' })];
  const trade = world.trade({ buyer, seller, quantity: '1', price: '100' });
  await engine.start(trade);
  await engine.until(trade.trade_id, (s) => s.parked_since !== null);
  return trade;
}

const { retry, cancel, pause, resume } = COMMAND_NAMES;

test.each([
  ['two Updates', [pause, retry], [], false],
  ['four Updates', [retry, pause, resume, retry], [], false],
  ['nine Updates', [pause, resume, pause, resume, retry, pause, resume, retry, pause], [], false],
  ['an Update and five wakes', [retry], [WAKE_SIGNAL, WAKE_SIGNAL, WAKE_SIGNAL, WAKE_SIGNAL, WAKE_SIGNAL], false],
  ['three Signals', [], [pause, resume, retry], false],
  ['Signals, wakes and Updates', [pause, retry], [WAKE_SIGNAL, resume, WAKE_SIGNAL, cancel], false],
  ["the UI's Cancel and Updates", [pause, retry], [], true],
] as const)('%s, at once: the run goes on, and its history replays', async (_what, updates, signals, uiCancel) => {
  const trade = await parked();
  const handle = engine.handle(trade.trade_id);

  await Promise.allSettled([
    ...updates.map((name) => handle.executeUpdate(name, { args: [command] })),
    ...signals.map((name) => (name === WAKE_SIGNAL ? handle.signal(name) : handle.signal(name, command))),
    ...(uiCancel ? [handle.cancel()] : []),
  ]);
  await engine.engine.commands.send('cancel', trade.trade_id, command);

  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'CANCELLED' } });
  await expectReplayable(engine.client);
});
