-- function: decide_leg(text, leg_request, timestamptz, text)
-- The decision of lock_leg for one settlement whose row and balance the caller has locked.
create or replace function decide_leg(p_leg text, p_request leg_request, p_as_of timestamptz, p_actor text)
returns step_answer
language plpgsql
as $$
declare
  today date := (p_as_of at time zone 'UTC')::date;
  leg record;
  refusal record;
  earlier record;
begin
  select
    s.id, s.event_seq, s.attempt, s.accept_seq, s.waiting_since, s.status,
    d.account_id, a.account_number, d.asset, d.debit, b.available,
    payload_hash(concat_ws('|', d.account_id, d.asset, trim_scale(d.debit))) as payload_hash
  into strict leg
  from settlements s
  join line_debits d on d.settlement_id = s.id and d.asks_now
  join balances b on b.account_id = d.account_id and b.asset = d.asset
  join accounts a on a.id = d.account_id
  where s.id = p_request.settlement_id;

  select r.failure_code, r.failure_reason into refusal from hold_rejections r where r.id = p_request.hold_id;
  if found then
    return (leg.id, 'rejected', refusal.failure_code, refusal.failure_reason, '{}')::step_answer;
  end if;

  select o.code as failure_code, o.reason as failure_reason into refusal from settlement_obstacle(leg.id) o;
  if refusal.failure_code is null then
    select
      coalesce(sum(d.debit) filter (where not d.has_hold), 0) as debits,
      count(*) filter (where not d.has_hold) as debtors,
      (array_agg(t.matching_engine_trade_id order by d.accept_seq) filter (where not d.has_hold))[1] as first_debtor
    into earlier
    from line_debits d
    join trades t on t.id = d.trade_id
    where d.account_id = leg.account_id and d.asset = leg.asset and d.accept_seq < leg.accept_seq and d.settlement_date <= today;

    if leg.available >= leg.debit + earlier.debits then
      return hold_leg(p_leg, p_request, leg.account_id, leg.asset, leg.debit, leg.payload_hash, today, p_actor);
    end if;

    if earlier.debtors = 0 then
      select t.matching_engine_trade_id as first_debtor
      into earlier
      from line_credits c
      join trades t on t.id = c.trade_id
      where c.account_id = leg.account_id and c.asset = leg.asset and c.accept_seq < leg.accept_seq
        and c.settlement_date <= today
      order by c.accept_seq
      limit 1;
    end if;

    if earlier.first_debtor is not null then
      perform note_waiting(leg.id, p_as_of);
      return (leg.id, 'waiting', null, format('for trade %s, which is earlier in line for the %s of account %s',
        earlier.first_debtor, leg.asset, leg.account_number), '{}')::step_answer;
    end if;

    select
      case p_leg when 'securities' then 'INSUFFICIENT_SECURITIES' else 'INSUFFICIENT_CASH' end as failure_code,
      format('%s %s has %s %s free and needs %s: %s short.', case p_leg when 'securities' then 'Seller' else 'Buyer' end,
        leg.account_number, trim_scale(leg.available), leg.asset, trim_scale(leg.debit),
        trim_scale(leg.debit - leg.available)) as failure_reason
    into refusal;
  end if;

  insert into hold_rejections (id, settlement_id, idempotency_key, payload_hash, failure_code, failure_reason)
  values (p_request.hold_id, leg.id, p_request.idempotency_key, leg.payload_hash, refusal.failure_code, refusal.failure_reason);
  return (leg.id, 'rejected', refusal.failure_code, refusal.failure_reason, '{}')::step_answer;
end
$$;
