-- function: first_waiters(uuid, date)
-- Whom a settlement wakes when it leaves the line: the first waiter of each of its four balances.
create or replace function first_waiters(p_settlement_id uuid, p_day date) returns text[]
language plpgsql stable
as $$
begin
  return (
    select coalesce(array_agg(distinct w.trade_id) filter (where w.trade_id is not null), '{}')
    from settlements s
    cross join lateral (
      values
        (first_waiter(s.seller_account_id, s.base_asset, p_day)), (first_waiter(s.buyer_account_id, s.quote_asset, p_day)),
        (first_waiter(s.buyer_account_id, s.base_asset, p_day)), (first_waiter(s.seller_account_id, s.quote_asset, p_day))
    ) as w (trade_id)
    where s.id = p_settlement_id
  );
end
$$;
