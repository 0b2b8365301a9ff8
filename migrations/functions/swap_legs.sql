-- function: swap_legs(swap_request, text)
-- Moves both legs of one settlement, whose row and balances the caller has locked. The ledger transaction comes first:
-- its idempotency key, and the index of one swap a settlement, stop a second swap before anything moves.
-- SQL adds and subtracts the stored amounts; it never multiplies price by quantity.
create or replace function swap_legs(p_request swap_request, p_actor text) returns void
language plpgsql
as $$
declare
  s settlements;
  securities_ref bigint;
  cash_ref bigint;
  consumed int;
begin
  select st.* into strict s from settlements st where st.id = p_request.settlement_id;

  insert into ledger_transactions (id, kind, settlement_id, idempotency_key, payload_hash, actor)
  values (
    p_request.transaction_id, 'dvp', s.id, p_request.idempotency_key,
    payload_hash(concat_ws('|', s.seller_account_id, s.buyer_account_id, s.base_asset, trim_scale(s.quantity), s.quote_asset,
      trim_scale(s.amount), trim_scale(s.buyer_commission), trim_scale(s.seller_commission))),
    p_actor
  );

  with written as (
    insert into postings (transaction_id, account_id, asset, amount)
    select p_request.transaction_id, p.account_id, p.asset, p.amount
    from swap_postings(s.id) p
    order by p.position
    returning id, account_id, asset
  )
  select
    max(w.id) filter (where w.account_id = s.buyer_account_id and w.asset = s.base_asset),
    max(w.id) filter (where w.account_id = s.seller_account_id and w.asset = s.quote_asset)
  into securities_ref, cash_ref
  from written w;

  update balances b
  set
    available = b.available + c.credit,
    reserved = b.reserved - c.debit
  from (
    values
      (s.seller_account_id, s.base_asset, 0::numeric, s.quantity::numeric),
      (s.buyer_account_id, s.base_asset, s.quantity, 0),
      (s.buyer_account_id, s.quote_asset, 0, s.amount + s.buyer_commission),
      (s.seller_account_id, s.quote_asset, s.amount - s.seller_commission, 0)
  ) as c (account_id, asset, credit, debit)
  where b.account_id = c.account_id and b.asset = c.asset;

  update holds h
  set status = 'consumed', ended_at = now()
  where h.id in (s.seller_securities_ledger_ref::uuid, s.buyer_cash_ledger_ref::uuid);
  get diagnostics consumed = row_count;
  if consumed <> 2 then
    raise exception 'settlement % has % of its two holds', s.id, consumed using errcode = 'CD003';
  end if;

  insert into settlement_events (
    settlement_id, seq, kind, from_status, to_status, attempt, actor, dvp_atomic_transaction_id,
    buyer_securities_ledger_ref, seller_cash_ledger_ref
  )
  select
    s.id, s.event_seq + e.position, 'step', e.from_status, e.to_status, s.attempt, p_actor,
    case when e.to_status = 'confirmed' then p_request.transaction_id end,
    case when e.to_status = 'confirmed' then securities_ref end,
    case when e.to_status = 'confirmed' then cash_ref end
  from (
    values (1, 'buyer_cash_locked', 'executing'), (2, 'executing', 'confirmed')
  ) as v (number, from_text, to_text)
  cross join lateral (
    select
      v.number - case when s.status = 'executing' then 1 else 0 end as position,
      v.from_text::settlement_status as from_status,
      v.to_text::settlement_status as to_status
  ) e
  where e.position > 0;
end
$$;
