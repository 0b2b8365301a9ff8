/** What can be wrong with holds. Each export is a query; checks put its rows into sentences. */
import { sql } from '../../postgres/sql';

/** The hold that each lock of each attempt has made, and what has become of it: the key names settlement, attempt and side. */
const lawfulHolds = sql.fragment`
  select
    s.id as settlement_id,
    concat('settlement:', s.id, ':', e.attempt, case when e.to_status = 'buyer_cash_locked' then ':cash' else ':securities' end)
      as idempotency_key,
    case when e.to_status = 'buyer_cash_locked' then s.buyer_account_id else s.seller_account_id end as account_id,
    case when e.to_status = 'buyer_cash_locked' then s.quote_asset else s.base_asset end as asset,
    case when e.to_status = 'buyer_cash_locked' then s.amount + s.buyer_commission else s.quantity end as amount,
    case
      when e.attempt < s.attempt then 'released'
      when s.status in ('seller_securities_locked', 'buyer_cash_locked', 'executing') then 'active'
      when s.status in ('confirmed', 'settled') then 'consumed'
      else 'released'
    end as status
  from settlement_events e
  join settlements s on s.id = e.settlement_id
  where e.kind = 'step' and e.to_status in ('seller_securities_locked', 'buyer_cash_locked')
`;

const actualHolds = sql.fragment`
  select h.id, h.settlement_id, h.idempotency_key, h.account_id, h.asset, h.amount, h.status
  from holds h
  join settlements s on s.id = h.settlement_id
`;

/** Holds of settlements that are not what the settlement's locks and state say: missing, one too many, or different. */
export const wrongHolds = sql.fragment`
  select
    coalesce(h.settlement_id, x.settlement_id) as settlement_id, coalesce(h.idempotency_key, x.idempotency_key) as idempotency_key,
    h.id as hold_id, h.account_id, h.asset, h.amount, h.status,
    x.account_id as lawful_account_id, x.asset as lawful_asset, x.amount as lawful_amount, x.status as lawful_status
  from (${lawfulHolds}) x
  full join (${actualHolds}) h on h.settlement_id = x.settlement_id and h.idempotency_key = x.idempotency_key
  where (h.account_id, h.asset, h.amount, h.status) is distinct from (x.account_id, x.asset, x.amount, x.status)
`;

/** The accounts and assets of those. */
export const accountsOfWrongHolds = sql.fragment`
  select w.account_id, w.asset from (${wrongHolds}) w where w.hold_id is not null
  union all
  select w.lawful_account_id, w.lawful_asset from (${wrongHolds}) w where w.lawful_account_id is not null
`;
