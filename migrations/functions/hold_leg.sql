-- function: hold_leg(text, leg_request, uuid, text, numeric, text, date, text)
-- Moves a debit from available to reserved, under a hold, and takes the step. The caller has decided that it may.
create or replace function hold_leg(
  p_leg text, p_request leg_request, p_account_id uuid, p_asset text, p_debit numeric, p_payload_hash text, p_day date,
  p_actor text
) returns step_answer
language plpgsql
as $$
declare
  had_waited boolean;
begin
  update balances b
  set available = b.available - p_debit, reserved = b.reserved + p_debit
  where b.account_id = p_account_id and b.asset = p_asset;

  insert into holds (id, settlement_id, account_id, asset, amount, idempotency_key, payload_hash)
  values (p_request.hold_id, p_request.settlement_id, p_account_id, p_asset, p_debit, p_request.idempotency_key, p_payload_hash);

  select s.waiting_since is not null into had_waited from settlements s where s.id = p_request.settlement_id;

  insert into settlement_events (
    settlement_id, seq, kind, from_status, to_status, attempt, actor, seller_securities_ledger_ref, buyer_cash_ledger_ref
  )
  select
    s.id, s.event_seq + 1, 'step', s.status,
    case p_leg when 'securities' then 'seller_securities_locked' else 'buyer_cash_locked' end::settlement_status,
    s.attempt, p_actor,
    case p_leg when 'securities' then p_request.hold_id end,
    case p_leg when 'cash' then p_request.hold_id end
  from settlements s
  where s.id = p_request.settlement_id;

  -- One credit wakes only the first waiter: what is left of it is for the next, whom a waiter that locks wakes in turn.
  -- One that had not waited leaves the others as short as they were, but may have been the last that the first waited for.
  return (p_request.settlement_id, 'committed', null, null, array_remove(array[
    case when had_waited then first_waiter(p_account_id, p_asset, p_day) else hopeless_waiter(p_account_id, p_asset, p_day) end
  ], null))::step_answer;
end
$$;
