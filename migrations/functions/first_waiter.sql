-- function: first_waiter(uuid, text, date)
-- The trade id of the earliest settlement in line that waits to lock this asset of this account, or null. If the first
-- cannot lock, none behind it can: each later one must leave the earlier debits covered.
create or replace function first_waiter(p_account_id uuid, p_asset text, p_day date) returns text
language plpgsql stable
as $$
begin
  return (
    select t.matching_engine_trade_id
    from line_debits d
    join trades t on t.id = d.trade_id
    where d.account_id = p_account_id and d.asset = p_asset and d.settlement_date <= p_day
      and d.asks_now and d.waiting_since is not null
    order by d.accept_seq
    limit 1
  );
end
$$;
