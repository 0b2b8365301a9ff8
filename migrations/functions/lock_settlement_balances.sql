-- function: lock_settlement_balances(uuid[])
-- Second of the lock order: the four balances of each settlement, by (account_id, asset). Whatever takes a settlement out
-- of the line or credits a balance holds them, so a waiter's decision and this change come one after the other.
create or replace function lock_settlement_balances(p_ids uuid[]) returns void
language plpgsql
as $$
begin
  perform
  from balances b
  where (b.account_id, b.asset) in (
    select k.account_id, k.asset
    from settlements s
    cross join lateral (
      values
        (s.seller_account_id, s.base_asset), (s.buyer_account_id, s.quote_asset),
        (s.buyer_account_id, s.base_asset), (s.seller_account_id, s.quote_asset)
    ) as k (account_id, asset)
    where s.id = any (p_ids)
  )
  order by b.account_id, b.asset
  for update;
end
$$;
