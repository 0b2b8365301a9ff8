import { sql } from '../../postgres/sql';
import { sqlCheck } from '../check';
import { balancesOffHolds, balancesOffPostings } from '../faults/balances';
import { accountsOfWrongHolds, wrongHolds } from '../faults/holds';
import { brokenPaths, brokenSettlements } from '../faults/settlements';
import { notNumbers } from '../faults/transactions';

export const nothingIsNegative = sqlCheck({
  name: '2-nothing-is-negative',
  claim: 'No balance is below zero, available or reserved, and no hold is of zero or less.',
  findings: sql.fragment`
    select format('Account %s has %s available and %s reserved of %s.', b.account_id, trim_scale(b.available),
      trim_scale(b.reserved), b.asset) as problem
    from balances b
    where (b.available < 0 or b.reserved < 0) and b.available not in ${notNumbers} and b.reserved not in ${notNumbers}
    union all
    select format('Hold %s is of %s %s.', h.id, trim_scale(h.amount), h.asset)
    from holds h
    where h.amount <= 0 and h.amount not in ${notNumbers}
  `,
});

export const reservedEqualsActiveHolds = sqlCheck({
  name: '2-reserved-equals-active-holds',
  claim: 'The reserved part of every balance is the sum of its active holds.',
  findings: sql.fragment`
    select
      b.account_id, b.asset,
      format('Account %s (%s) has %s %s reserved; its active holds sum to %s.', b.account_number, b.account_id,
        coalesce(trim_scale(b.reserved)::text, 'no row with'), b.asset, trim_scale(b.held)) as problem
    from (${balancesOffHolds}) b
    where coalesce(b.reserved, 0) not in ${notNumbers} and b.held not in ${notNumbers}
  `,
  unless: [
    sql.fragment`(f.account_id, f.asset) in (select b.account_id, b.asset from (${balancesOffPostings}) b)`,
    sql.fragment`(f.account_id, f.asset) in (select w.account_id, w.asset from (${accountsOfWrongHolds}) w)`,
  ],
});

export const holdsFollowTheirSettlement = sqlCheck({
  name: '2-holds-follow-their-settlement',
  claim:
    'Each lock of a settlement has one hold, of the right account, asset and amount: active while the settlement is locked, consumed by its swap, released when the attempt is over.',
  findings: sql.fragment`
    select
      w.settlement_id,
      format('Settlement %s: hold %s is %s and should be %s.', w.settlement_id, w.idempotency_key,
        case when w.hold_id is null then 'missing'
          else format('%s, %s %s of account %s', w.status, trim_scale(w.amount), w.asset, w.account_id) end,
        case when w.lawful_account_id is null then 'nowhere'
          else format('%s, %s %s of account %s', w.lawful_status, trim_scale(w.lawful_amount), w.lawful_asset,
            w.lawful_account_id) end) as problem
    from (${wrongHolds}) w
    where coalesce(w.amount, 0) not in ${notNumbers}
    union all
    select h.settlement_id, format('Settlement %s: lock %s was granted and refused.', h.settlement_id, h.idempotency_key)
    from holds h
    join hold_rejections r on r.id = h.id
  `,
  unless: [sql.fragment`f.settlement_id in (select b.settlement_id from (${brokenSettlements}) b)`],
});

/** An attempt fails for want of money with the words of a refused lock, and only then: ops' abort has words of its own. */
export const refusalsAreKept = sqlCheck({
  name: '2-refusals-are-kept',
  claim: 'Every attempt that failed for want of securities or cash has the refused lock that says so.',
  findings: sql.fragment`
    select
      n.settlement_id,
      format('Settlement %s failed in attempt %s with %s; %s.', n.settlement_id, n.attempt, n.failure_code,
        case when r.id is null then 'its refused lock is gone' else 'its refused lock says ' || r.failure_code || ': ' || r.failure_reason end)
        as problem
    from (
      select
        e.settlement_id, e.attempt, e.failure_code, e.reason,
        concat('settlement:', e.settlement_id, ':', e.attempt,
          case e.failure_code when 'INSUFFICIENT_CASH' then ':cash' else ':securities' end) as idempotency_key
      from settlement_events e
      where e.kind = 'step' and e.to_status = 'failed' and e.failure_code in ('INSUFFICIENT_SECURITIES', 'INSUFFICIENT_CASH')
        and e.reason like '% free and needs % short.'
    ) n
    left join hold_rejections r on r.settlement_id = n.settlement_id and r.idempotency_key = n.idempotency_key
    where (r.failure_code, r.failure_reason) is distinct from (n.failure_code, n.reason)
  `,
  unless: [
    sql.fragment`f.settlement_id in (select b.settlement_id from (${brokenPaths}) b)`,
    sql.fragment`f.settlement_id in (select r.settlement_id from hold_rejections r
      where r.idempotency_key !~ '^settlement:[0-9a-f-]{36}:[1-9][0-9]*:(securities|cash)$')`,
  ],
});
