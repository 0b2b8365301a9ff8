import { sql } from '../../postgres/sql';
import { sqlCheck } from '../check';
import { wrongHolds } from '../faults/holds';
import { brokenSettlements } from '../faults/settlements';
import { settlementsOfWrongSwaps, unbalanced } from '../faults/transactions';

/** Settlements whose refs do not tell how far the attempt has come: each is set by one step, and by no other. */
const refsOffState = sql.fragment`
  select
    r.settlement_id,
    format('Settlement %s, attempt %s, reached %s and has %s.', r.settlement_id, r.attempt,
      coalesce(nullif(concat_ws(', ', case when r.reached_initiated then 'initiated' end,
        case when r.reached_securities then 'seller_securities_locked' end,
        case when r.reached_cash then 'buyer_cash_locked' end, case when r.reached_confirmed then 'confirmed' end), ''), 'no step'),
      coalesce(nullif(concat_ws(', ', 'dvp_contract_id ' || r.dvp_contract_id,
        'seller_securities_ledger_ref ' || r.seller_securities_ledger_ref, 'buyer_cash_ledger_ref ' || r.buyer_cash_ledger_ref,
        'dvp_atomic_transaction_id ' || r.dvp_atomic_transaction_id,
        'buyer_securities_ledger_ref ' || r.buyer_securities_ledger_ref, 'seller_cash_ledger_ref ' || r.seller_cash_ledger_ref),
        ''), 'no ref')) as problem
  from (
    select
      s.id as settlement_id, s.attempt, s.dvp_contract_id, s.seller_securities_ledger_ref, s.buyer_cash_ledger_ref,
      s.dvp_atomic_transaction_id, s.buyer_securities_ledger_ref, s.seller_cash_ledger_ref,
      bool_or(e.to_status = 'initiated') as reached_initiated,
      bool_or(e.to_status = 'seller_securities_locked') as reached_securities,
      bool_or(e.to_status = 'buyer_cash_locked') as reached_cash,
      bool_or(e.to_status = 'confirmed') as reached_confirmed
    from settlements s
    join settlement_events e on e.settlement_id = s.id and e.attempt = s.attempt and e.kind = 'step'
    group by s.id
  ) r
  where (r.dvp_contract_id is not null) <> r.reached_initiated
    or (r.seller_securities_ledger_ref is not null) <> r.reached_securities
    or (r.buyer_cash_ledger_ref is not null) <> r.reached_cash
    or (r.dvp_atomic_transaction_id is not null) <> r.reached_confirmed
    or (r.buyer_securities_ledger_ref is not null) <> r.reached_confirmed
    or (r.seller_cash_ledger_ref is not null) <> r.reached_confirmed
`;

/** Rows with a ref that does not find its own hold, swap or posting. Own rows are distinct, so the refs are distinct too. */
const rowsOffLedger = sql.fragment`
  select
    s.id as settlement_id,
    format('Settlement %s: %s.', s.id, concat_ws(', ',
      case when securities.id is null then 'seller_securities_ledger_ref ' || s.seller_securities_ledger_ref || ' is not its securities hold' end,
      case when cash.id is null then 'buyer_cash_ledger_ref ' || s.buyer_cash_ledger_ref || ' is not its cash hold' end,
      case when l.id is null then 'dvp_atomic_transaction_id ' || s.dvp_atomic_transaction_id || ' is not its swap' end,
      case when bought.id is null then 'buyer_securities_ledger_ref ' || s.buyer_securities_ledger_ref || ' is not the buyer''s credit' end,
      case when paid.id is null then 'seller_cash_ledger_ref ' || s.seller_cash_ledger_ref || ' is not the seller''s credit' end
    )) as problem
  from settlements s
  left join holds securities on securities.id::text = s.seller_securities_ledger_ref
    and (securities.settlement_id, securities.account_id, securities.asset, securities.amount)
      = (s.id, s.seller_account_id, s.base_asset, s.quantity)
  left join holds cash on cash.id::text = s.buyer_cash_ledger_ref
    and (cash.settlement_id, cash.account_id, cash.asset, cash.amount)
      = (s.id, s.buyer_account_id, s.quote_asset, s.amount + s.buyer_commission)
  left join ledger_transactions l on l.id::text = s.dvp_atomic_transaction_id and l.kind = 'dvp' and l.settlement_id = s.id
  left join postings bought on bought.id::text = s.buyer_securities_ledger_ref
    and (bought.transaction_id::text, bought.account_id, bought.asset, bought.amount)
      = (s.dvp_atomic_transaction_id, s.buyer_account_id, s.base_asset, s.quantity)
  left join postings paid on paid.id::text = s.seller_cash_ledger_ref
    and (paid.transaction_id::text, paid.account_id, paid.asset, paid.amount)
      = (s.dvp_atomic_transaction_id, s.seller_account_id, s.quote_asset, s.amount - s.seller_commission)
  where (s.seller_securities_ledger_ref is not null and securities.id is null)
    or (s.buyer_cash_ledger_ref is not null and cash.id is null)
    or (s.dvp_atomic_transaction_id is not null and l.id is null)
    or (s.buyer_securities_ledger_ref is not null and bought.id is null)
    or (s.seller_cash_ledger_ref is not null and paid.id is null)
`;

/** Events whose refs are not the row's (of its own attempt), or not the hold of their attempt (of earlier ones). */
const eventsOffLedger = sql.fragment`
  select
    s.id as settlement_id,
    format('Settlement %s: event %s (to %s, attempt %s) has other refs than its %s.', s.id, e.seq, e.to_status, e.attempt,
      case when e.attempt = s.attempt then 'row' else 'hold' end) as problem
  from settlement_events e
  join settlements s on s.id = e.settlement_id
  left join holds h on h.settlement_id = s.id and h.id::text = coalesce(e.seller_securities_ledger_ref, e.buyer_cash_ledger_ref)
    and h.idempotency_key = concat('settlement:', s.id, ':', e.attempt,
      case when e.to_status = 'buyer_cash_locked' then ':cash' else ':securities' end)
  where e.kind = 'step'
    and case
      when e.to_status = 'initiated' then e.dvp_contract_id is distinct from s.dvp_contract_id
      when e.attempt < s.attempt then e.to_status in ('seller_securities_locked', 'buyer_cash_locked') and h.id is null
      when e.to_status = 'seller_securities_locked' then e.seller_securities_ledger_ref is distinct from s.seller_securities_ledger_ref
      when e.to_status = 'buyer_cash_locked' then e.buyer_cash_ledger_ref is distinct from s.buyer_cash_ledger_ref
      when e.to_status = 'confirmed' then
        (e.dvp_atomic_transaction_id, e.buyer_securities_ledger_ref, e.seller_cash_ledger_ref)
          is distinct from (s.dvp_atomic_transaction_id, s.buyer_securities_ledger_ref, s.seller_cash_ledger_ref)
      else false
    end
`;

export const refsFromTheirStateOn = sqlCheck({
  name: '4-refs-from-their-state-on',
  claim: 'Each ref is there exactly from the state that sets it on, attempt by attempt.',
  findings: refsOffState,
  unless: [sql.fragment`f.settlement_id in (select b.settlement_id from (${brokenSettlements}) b)`],
});

export const refsFindTheirRows = sqlCheck({
  name: '4-refs-find-their-rows',
  claim:
    'Each ref finds the hold, the swap or the posting of its own settlement, with the right account, asset and amount; the events have the same refs.',
  findings: sql.fragment`${rowsOffLedger} union all ${eventsOffLedger}`,
  unless: [
    sql.fragment`f.settlement_id in (select r.settlement_id from (${refsOffState}) r)`,
    sql.fragment`f.settlement_id in (select w.settlement_id from (${wrongHolds}) w)`,
    sql.fragment`f.settlement_id in (select w.settlement_id from (${settlementsOfWrongSwaps}) w)`,
    sql.fragment`f.settlement_id in (
      select l.settlement_id
      from ledger_transactions l
      join (${unbalanced}) u on u.transaction_id = l.id
      where l.settlement_id is not null
    )`,
    sql.fragment`f.settlement_id in (select b.settlement_id from (${brokenSettlements}) b)`,
  ],
});
