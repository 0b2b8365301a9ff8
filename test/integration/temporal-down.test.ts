import { readConfig } from '../../src/config';
import { createLog } from '../../src/log';
import { connectEngine, type Engine } from '../../src/service/connect-engine';
import { testDatabase } from '../support/database';
import { expectCoherent } from '../support/expect-coherent';
import { LedgerWorld, one } from '../support/ledger-world';

/** Nobody listens there: port 9 is discard's, and below 1024. */
const NOWHERE = '127.0.0.1:9';

let engine: Engine;
afterAll(() => engine.close()); // before testDatabase's own: the pool's sessions must be gone by then
const database = testDatabase();
const world = new LedgerWorld(database);

beforeAll(async () => {
  await world.setUp();
  engine = await connectEngine({
    databaseUrl: database.url,
    temporal: { connectionOptions: { address: NOWHERE } },
    settlement: readConfig({}).settlement,
    log: createLog('silent'),
    poolSize: 2,
    applicationName: 'temporal-down',
  });
});

it('a command changes the row while Temporal is down, and says so soon', async () => {
  const [buyer, seller] = [await world.account({ USDT: '100' }), await world.account({ BTC: '1' })];
  const { trade_id } = one(await world.accept({ buyer, seller, quantity: '1', price: '100' }));
  const began_ms = Date.now();

  const answer = await engine.commands.send('pause', trade_id, { actor: 'ops', reason: 'Temporal is down' });

  expect(answer).toMatchObject({ outcome: 'committed', settlement: { trade_id, paused: true } });
  expect(Date.now() - began_ms).toBeLessThan(10_000);
  await expectCoherent(database.pool);
});
