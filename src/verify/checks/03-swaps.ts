import { sql } from '../../postgres/sql';
import { sqlCheck } from '../check';
import { brokenSettlements } from '../faults/settlements';
import { repeatedSwaps, swapDifferences, swapsOffState, unbalanced } from '../faults/transactions';

export const oneSettlementPerTrade = sqlCheck({
  name: '3-one-settlement-per-trade',
  claim: 'No trade has more than one settlement.',
  findings: sql.fragment`
    select format('Trade %s has %s settlements: %s.', s.trade_id, count(*), string_agg(s.id::text, ', ' order by s.id)) as problem
    from settlements s
    group by s.trade_id
    having count(*) > 1
  `,
});

export const oneSwapPerSettlement = sqlCheck({
  name: '3-one-swap-per-settlement',
  claim: 'No settlement has more than one swap, and each swap is under the key of its settlement.',
  findings: sql.fragment`
    select r.settlement_id, format('Settlement %s has the swap %s.', r.settlement_id, r.transactions) as problem
    from (${repeatedSwaps}) r
  `,
});

export const swapExactlyWhenConfirmed = sqlCheck({
  name: '3-swap-exactly-when-confirmed',
  claim: 'A settlement has a swap if, and only if, it is confirmed or settled.',
  findings: sql.fragment`
    select
      m.settlement_id,
      format('Settlement %s is %s and has %s.', m.settlement_id, m.status,
        case when m.transaction_id is null then 'no swap' else 'the swap ' || m.transaction_id end) as problem
    from (${swapsOffState}) m
  `,
  unless: [sql.fragment`f.settlement_id in (select b.settlement_id from (${brokenSettlements}) b)`],
});

export const swapMovesBothLegs = sqlCheck({
  name: '3-swap-moves-both-legs',
  claim: 'Each swap has exactly the postings that its terms say: both legs and the fees.',
  findings: sql.fragment`
    select
      d.transaction_id, d.settlement_id,
      format('Swap %s of settlement %s has a posting of %s %s for account %s %s.', d.transaction_id, d.settlement_id,
        trim_scale(d.amount), d.asset, d.account_id,
        case when d.surplus > 0 then 'too many' else 'too few' end) as problem
    from (${swapDifferences}) d
  `,
  unless: [
    sql.fragment`f.transaction_id in (select u.transaction_id from (${unbalanced}) u)`,
    sql.fragment`f.settlement_id in (select b.settlement_id from (${brokenSettlements}) b)`,
  ],
});
