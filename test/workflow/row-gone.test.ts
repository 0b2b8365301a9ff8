import { WAKE_SIGNAL } from '../../src/protocol/temporal/settlement-messages';
import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';

const engine = new TestEngine({ settlement: { retry_attempts: 0 } });

it('a database restored from before the acceptance: the run accepts its trade anew, and settles it', async () => {
  const { world, database } = engine;
  const [buyer, seller] = [await world.account({ USDT: '1' }), await world.account({ BTC: '1' })];
  const trade = world.trade({ buyer, seller, quantity: '1', price: '100' });
  const handle = await engine.start(trade);
  const { id } = await engine.until(trade.trade_id, (s) => s.parked_since !== null);

  await database.asSuperuser(async (client) => {
    await client.query('begin');
    await client.query('set local session_replication_role = replica');
    for (const table of ['outbox', 'settlement_events', 'hold_rejections', 'holds']) {
      await client.query(`delete from ${table} where settlement_id = $1`, [id]);
    }
    await client.query('delete from settlements where id = $1', [id]);
    await client.query('delete from trades where matching_engine_trade_id = $1', [trade.trade_id]);
    await client.query('commit');
  });
  await world.adjust(buyer, 'USDT', '99');
  await handle.signal(WAKE_SIGNAL);

  expect(await handle.result()).toMatchObject({ settlement_id: id, status: 'settled' });
  expect(await engine.until(trade.trade_id, () => true)).toMatchObject({ attempt: 1, retry_count: 0 });
  await expectCoherent(database.pool);
});
