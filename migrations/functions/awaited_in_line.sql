-- function: awaited_in_line(uuid, date)
-- What the next lock of a settlement waits for, as a sentence that names the first one ahead in line: the first earlier debit of
-- the same balance without a hold, else the first earlier credit of it. Null: nothing ahead could change its outcome.
create or replace function awaited_in_line(p_settlement_id uuid, p_day date) returns text
language plpgsql stable
as $$
declare
  leg record;
  ahead text;
begin
  select d.account_id, a.account_number, d.asset, d.accept_seq
  into leg
  from line_debits d
  join accounts a on a.id = d.account_id
  where d.settlement_id = p_settlement_id and d.asks_now;
  if not found then
    return null;
  end if;

  select t.matching_engine_trade_id
  into ahead
  from (
    select d.trade_id, d.accept_seq, false as is_credit
    from line_debits d
    where d.account_id = leg.account_id and d.asset = leg.asset and d.accept_seq < leg.accept_seq
      and d.settlement_date <= p_day and not d.has_hold
    union all
    select c.trade_id, c.accept_seq, true
    from line_credits c
    where c.account_id = leg.account_id and c.asset = leg.asset and c.accept_seq < leg.accept_seq
      and c.settlement_date <= p_day
  ) e
  join trades t on t.id = e.trade_id
  order by e.is_credit, e.accept_seq
  limit 1;
  return case when ahead is not null then format(
    'for trade %s, which is earlier in line for the %s of account %s', ahead, leg.asset, leg.account_number) end;
end
$$;
