import { TestEngine } from '../support/settlement-engine';

const engine = new TestEngine();

describe('settleTrade, started by the matching engine', () => {
  it('settles a trade and completes with its outcome', async () => {
    const { world } = engine;
    const seller = await world.account({ BTC: '10' });
    const buyer = await world.account({ USDT: '1000' });
    const event = world.trade({ buyer, seller, quantity: '2', price: '100', buyer_commission: '1' });

    const handle = await engine.start(event);

    expect(await handle.result()).toMatchObject({ trade_id: event.trade_id, status: 'settled' });
    expect(await world.balance(buyer, 'USDT')).toEqual({ available: '799', reserved: '0' });
    await world.expectCoherent();
  });
});
