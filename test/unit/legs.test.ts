import { creditLegs, debitLegs, sumsByAsset, swapPostings, type SwapTerms } from '../../src/domain/legs';

const TERMS: SwapTerms = {
  seller: 'S',
  buyer: 'B',
  base: 'BTC',
  quote: 'USDC',
  quantity: '1.25',
  amount: '80000',
  buyer_commission: '40',
  seller_commission: '24.5',
};

describe('the legs of a settlement', () => {
  it('hold the securities, and the cash with the commission', () => {
    expect(debitLegs(TERMS)).toEqual({
      securities: { account_id: 'S', asset: 'BTC', amount: '1.25' },
      cash: { account_id: 'B', asset: 'USDC', amount: '80040' },
    });
  });

  it('bring the securities, and the cash without the commission', () => {
    expect(creditLegs(TERMS)).toEqual({
      securities: { account_id: 'B', asset: 'BTC', amount: '1.25' },
      cash: { account_id: 'S', asset: 'USDC', amount: '79975.5' },
    });
  });

  it('are booked so that each asset sums to zero', () => {
    const postings = swapPostings(TERMS, 'FEES');
    expect(postings).toEqual([
      { account_id: 'S', asset: 'BTC', amount: '-1.25' },
      { account_id: 'B', asset: 'BTC', amount: '1.25' },
      { account_id: 'B', asset: 'USDC', amount: '-80040' },
      { account_id: 'S', asset: 'USDC', amount: '79975.5' },
      { account_id: 'FEES', asset: 'USDC', amount: '64.5' },
    ]);
    expect([...sumsByAsset(postings).values()]).toEqual(['0', '0']);
  });

  it('have no posting for fees without commissions, and keep a credit that a commission ate up', () => {
    expect(swapPostings({ ...TERMS, buyer_commission: '0', seller_commission: '0' }, 'FEES')).toHaveLength(4);
    const eaten = swapPostings({ ...TERMS, seller_commission: '80000' }, 'FEES');
    expect(eaten).toHaveLength(5);
    expect(eaten[3]).toEqual({ account_id: 'S', asset: 'USDC', amount: '0' });
  });
});
