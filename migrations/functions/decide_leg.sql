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
    -- One statement, so one snapshot: an earlier debtor that leaves the line between two looks would be missed by the second,
    -- and the attempt would fail though the money is there.
    select e.debits, case when leg.available < leg.debit + e.debits then awaited_in_line(leg.id, today) end as awaited
    into earlier
    from (
      select coalesce(sum(d.debit), 0) as debits
      from line_debits d
      where d.account_id = leg.account_id and d.asset = leg.asset and d.accept_seq < leg.accept_seq
        and d.settlement_date <= today and not d.has_hold
    ) e;

    if leg.available >= leg.debit + earlier.debits then
      return hold_leg(p_leg, p_request, leg.account_id, leg.asset, leg.debit, leg.payload_hash, today, p_actor);
    end if;

    if earlier.awaited is not null then
      perform note_waiting(leg.id, p_as_of);
      return (leg.id, 'waiting', null, earlier.awaited, '{}')::step_answer;
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
