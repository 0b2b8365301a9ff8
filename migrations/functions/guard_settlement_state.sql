-- function: guard_settlement_state()
-- A settlement's state changes by its events only: a direct update is refused, whoever tries. The trigger
-- apply_settlement_events passes because there the update comes from within a trigger (depth 1).
create or replace function guard_settlement_state() returns trigger
language plpgsql
as $$
begin
  raise exception 'settlements are changed by inserting into settlement_events, never directly (settlement %)', old.id
    using errcode = 'CD002';
end
$$;

create or replace trigger guard_settlement_state
before update of
  id, trade_id, buyer_account_id, seller_account_id, symbol, quantity, amount, buyer_commission, seller_commission,
  base_asset, quote_asset, accept_seq, status, event_seq, attempt, retry_count, paused, lane, settlement_date,
  intended_settlement_date, deadline_at, next_attempt_at, parked_since, closed_at, failure_code, failure_reason, failed_at,
  initiated_at, confirmed_at, settled_at, dvp_contract_id, dvp_atomic_transaction_id, seller_securities_ledger_ref,
  buyer_cash_ledger_ref, buyer_securities_ledger_ref, seller_cash_ledger_ref
on settlements
for each row when (pg_trigger_depth() = 0) execute function guard_settlement_state();
