import { transformSync } from '@swc/core';
import { blocksOf } from '../support/docs-blocks';
import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';

const engine = new TestEngine();

it('the README starts a settlement as it says', async () => {
  const { world } = engine;
  const trade = world.trade({
    seller: await world.account({ BTC: '1' }),
    buyer: await world.account({ USDT: '100' }),
    quantity: '1',
    price: '100',
  });
  const [block = ''] = blocksOf('README.md', 'ts');
  const { code } = transformSync(`async function start() {${block}}`, { jsc: { parser: { syntax: 'typescript' } } });

  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the README's own words
  await new Function('client', 'trade', `${code}; return start();`)(engine.engine.temporal.client, trade);

  expect(await engine.handle(trade.trade_id).result()).toMatchObject({ status: 'settled' });
  await expectCoherent(engine.database.pool);
});
