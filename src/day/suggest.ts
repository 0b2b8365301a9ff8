import type { DatabasePool } from 'slonik';
import { debitLegs } from '../domain/legs';
import { compareAmounts, negateAmount, sumAmounts } from '../domain/money';
import { balancesOf } from '../postgres/queries/balances';
import type { OutcomeRow } from '../postgres/queries/day';
import type { Suggestion } from './text-report';

/** The first parked trade that a person can get settled, and how; null if none is parked. */
export async function suggestNext(pool: DatabasePool, failed: readonly OutcomeRow[]): Promise<Suggestion | null> {
  const parked = failed.filter((row) => row.closed_at === null);
  const row = parked.find(({ failure_code }) => failure_code === 'INSUFFICIENT_CASH') ?? parked[0];
  if (row === undefined) return null;
  switch (row.failure_code) {
    case 'INSUFFICIENT_CASH':
      return { row, remedy: await creditFor(pool, row, 'cash') };
    case 'INSUFFICIENT_SECURITIES':
      return { row, remedy: await creditFor(pool, row, 'securities') };
    case 'ACCOUNT_NOT_ACTIVE': {
      const account = row.failure_reason?.includes(row.seller_account_number) === true;
      return {
        row,
        remedy: { kind: 'activate', account: account ? row.seller_account_number : row.buyer_account_number },
      };
    }
    default:
      return { row, remedy: { kind: 'none' } };
  }
}

/** What the debtor of one leg lacks now, which may be less than it was when the trade failed. */
async function creditFor(
  pool: DatabasePool,
  row: OutcomeRow,
  side: 'cash' | 'securities',
): Promise<Suggestion['remedy']> {
  const leg = debitLegs({
    ...row,
    seller: row.seller_account_id,
    buyer: row.buyer_account_id,
    base: row.base_asset,
    quote: row.quote_asset,
  })[side];
  const balances = await balancesOf(pool, [leg.account_id]);
  const available = balances.find(({ asset }) => asset === leg.asset)?.available ?? '0';
  const short = sumAmounts([leg.amount, negateAmount(available)]);
  if (compareAmounts(short, '0') <= 0) return { kind: 'none' };
  const account = side === 'cash' ? row.buyer_account_number : row.seller_account_number;
  return { kind: 'credit', account, asset: leg.asset, short };
}
