import { instrumentProblem } from '../../src/domain/instrument';
import { BTC_USDC } from './fixtures';

describe('an instrument', () => {
  it('is right', () => {
    expect(instrumentProblem(BTC_USDC)).toBeNull();
    expect(instrumentProblem({ ...BTC_USDC, quantity_scale: 0, price_scale: 18, cash_scale: 0 })).toBeNull();
  });

  it.each([
    ['base', { base: 'btc' }],
    ['base', { base: '' }],
    ['quote', { quote: 'ELEVENCHARS' }],
    ['quote', { symbol: 'BTC-BTC', quote: 'BTC' }],
    ['symbol', { symbol: 'BTCUSDC' }],
    ['symbol', { symbol: 'ABCDEFGHIJ-KLMNOPQRST', base: 'ABCDEFGHIJ', quote: 'KLMNOPQRST' }],
    ['quantity_scale', { quantity_scale: 19 }],
    ['price_scale', { price_scale: -1 }],
    ['cash_scale', { cash_scale: 1.5 }],
    ['cash_scale', { cash_scale: NaN }],
  ])('has a wrong %s: %j', (field, changes) => {
    const problem = instrumentProblem({ ...BTC_USDC, ...changes });
    expect(problem?.field).toBe(field);
    expect(problem?.problem).not.toBe('');
  });
});
