import { UUID_PATTERN, dvpContractId, holdKey, idOfKey, settlementId, swapKey, tradeRowId } from '../../src/domain/ids';

describe('ids', () => {
  it('never change: known trades are found by them', () => {
    const settlement = settlementId('trade-1');
    expect(tradeRowId('trade-1')).toBe('f92edd0e-cf46-5a13-8d9c-d4cde1193904');
    expect(settlement).toBe('7f0edb5a-9b03-5eeb-8dcf-813d7d445f1e');
    expect(dvpContractId(settlement)).toBe('3379e4cc-aa8b-53a6-a535-299445d8bfb0');
    expect(idOfKey(swapKey(settlement))).toBe('628477f2-91d8-5fbf-8a68-6a5a3bf1aa5c');
  });

  it('differ by what they are for and by the case of the trade id', () => {
    const ids = ['trade-1', 'TRADE-1', 'trade-2'].flatMap((id) => [
      tradeRowId(id),
      settlementId(id),
      dvpContractId(id),
      idOfKey(id),
    ]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(UUID_PATTERN);
  });

  it('have keys with the attempt for holds and without it for the swap', () => {
    expect(holdKey('s', 2, 'securities')).toBe('settlement:s:2:securities');
    expect(holdKey('s', 2, 'cash')).toBe('settlement:s:2:cash');
    expect(swapKey('s')).toBe('settlement:s:swap');
  });
});
