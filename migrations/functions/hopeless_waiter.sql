-- function: hopeless_waiter(uuid, text, date)
-- The trade id of the first waiter for this asset of this account, if no earlier settlement in line could change its outcome
-- any more: there is nothing left to wait for, and its attempt fails as soon as it looks. Null: none, or it still may hope.
create or replace function hopeless_waiter(p_account_id uuid, p_asset text, p_day date) returns text
language plpgsql stable
as $$
declare
  first record;
begin
  select d.accept_seq, d.trade_id
  into first
  from line_debits d
  where d.account_id = p_account_id and d.asset = p_asset and d.settlement_date <= p_day
    and d.asks_now and d.waiting_since is not null
  order by d.accept_seq
  limit 1;
  if not found
    or exists (
      select from line_debits d
      where d.account_id = p_account_id and d.asset = p_asset and d.settlement_date <= p_day
        and d.accept_seq < first.accept_seq and not d.has_hold
    )
    or exists (
      select from line_credits c
      where c.account_id = p_account_id and c.asset = p_asset and c.settlement_date <= p_day
        and c.accept_seq < first.accept_seq
    )
  then
    return null;
  end if;
  return (select t.matching_engine_trade_id from trades t where t.id = first.trade_id);
end
$$;
