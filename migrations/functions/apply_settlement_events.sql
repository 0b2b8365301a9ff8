-- function: apply_settlement_events()
-- The only writer of a settlement's state. For the events of one statement it
--   1. refuses the statement if any event is not a legal transition, skips or repeats a seq, does not start where the
--      row or the event before it ends, or comes after the settlement was closed (reopening a cancelled one included);
--   2. writes status, attempt, times and refs to the row, once per settlement and statement;
--   3. puts what the outside is told into the outbox.
-- Statement-level with a transition table: about 0.13 ms a statement and 20 us an event in sets (a row trigger is quadratic).
-- security definer: the application may append events and may not write these columns.
create or replace function apply_settlement_events() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  bad record;
begin
  select e.settlement_id, e.seq, e.kind, e.from_status, e.to_status, s.status, s.event_seq, s.closed_at, s.failure_code
  into bad
  from (
    select
      n.settlement_id, n.seq, n.kind, n.from_status, n.to_status, n.attempt,
      row_number() over statement_order as position,
      lag(n.to_status) over statement_order as previous_status,
      bool_or(n.kind = 'closed' or (n.kind = 'step' and n.to_status = 'settled')) over earlier as closed_before,
      bool_or(n.kind = 'reopened') over earlier as reopened_before,
      bool_or(n.kind = 'step' and n.to_status = 'failed') over earlier as failed_before,
      count(*) filter (where n.kind = 'step' and n.from_status = 'failed') over (statement_order rows unbounded preceding) as retries
    from new_events n
    window
      statement_order as (partition by n.settlement_id order by n.seq),
      earlier as (partition by n.settlement_id order by n.seq rows between unbounded preceding and 1 preceding)
  ) e
  join settlements s on s.id = e.settlement_id
  where e.seq <> s.event_seq + e.position
    or e.from_status is distinct from
      case when e.position > 1 then e.previous_status when s.event_seq = 0 then null else s.status end
    or not exists (
      select from settlement_transitions t
      where t.kind = e.kind and t.from_status is not distinct from e.from_status and t.to_status = e.to_status
    )
    or e.attempt <> s.attempt + e.retries
    or (s.closed_at is not null and e.kind <> 'reopened' and e.reopened_before is not true)
    or (e.kind = 'reopened' and (s.closed_at is null or s.failure_code = 'CANCELLED'))
    or e.closed_before
    -- The fold below takes each ref from the whole statement: an attempt may not end and the next begin in one.
    or (e.kind = 'step' and e.to_status = 'initiated' and e.failed_before)
  limit 1;
  if found then
    raise exception 'settlement % may not take event % (% % -> %): it is % at event %',
      bad.settlement_id, bad.seq, bad.kind, coalesce(bad.from_status::text, 'nothing'), bad.to_status,
      bad.status, bad.event_seq || case
        when bad.closed_at is null then '' when bad.failure_code = 'CANCELLED' then ', cancelled' else ', closed' end
      using errcode = 'CD001';
  end if;

  update settlements s
  set
    status = f.to_status,
    event_seq = f.seq,
    attempt = f.attempt,
    retry_count = f.attempt - 1,
    paused = coalesce(f.paused, s.paused),
    lane = coalesce(f.lane, s.lane),
    settlement_date = coalesce(f.settlement_date, s.settlement_date),
    deadline_at = coalesce(f.deadline_at, s.deadline_at),
    waiting_since = case when f.has_step then null else s.waiting_since end,
    next_attempt_at = case when f.has_step or f.parked_at is not null or f.closed then f.next_attempt_at else s.next_attempt_at end,
    parked_since = case when f.parked_at is not null then f.parked_at when f.initiated_at is not null then null else s.parked_since end,
    closed_at = case when f.closed then f.closed_at when f.reopened then null else s.closed_at end,
    failure_code = case when f.initiated_at is not null then null else coalesce(f.failure_code, s.failure_code) end,
    failure_reason = case when f.initiated_at is not null then null else coalesce(f.failure_reason, s.failure_reason) end,
    failed_at = case when f.initiated_at is not null then null else coalesce(f.failed_at, s.failed_at) end,
    initiated_at = coalesce(f.initiated_at, s.initiated_at),
    confirmed_at = case when f.initiated_at is not null then f.confirmed_at else coalesce(f.confirmed_at, s.confirmed_at) end,
    settled_at = coalesce(f.settled_at, s.settled_at),
    dvp_contract_id = coalesce(f.dvp_contract_id, s.dvp_contract_id),
    seller_securities_ledger_ref = case when f.initiated_at is not null then f.seller_securities_ledger_ref
      else coalesce(f.seller_securities_ledger_ref, s.seller_securities_ledger_ref) end,
    buyer_cash_ledger_ref = case when f.initiated_at is not null then f.buyer_cash_ledger_ref
      else coalesce(f.buyer_cash_ledger_ref, s.buyer_cash_ledger_ref) end,
    dvp_atomic_transaction_id = case when f.initiated_at is not null then f.dvp_atomic_transaction_id
      else coalesce(f.dvp_atomic_transaction_id, s.dvp_atomic_transaction_id) end,
    buyer_securities_ledger_ref = case when f.initiated_at is not null then f.buyer_securities_ledger_ref
      else coalesce(f.buyer_securities_ledger_ref, s.buyer_securities_ledger_ref) end,
    seller_cash_ledger_ref = case when f.initiated_at is not null then f.seller_cash_ledger_ref
      else coalesce(f.seller_cash_ledger_ref, s.seller_cash_ledger_ref) end,
    updated_at = now()
  from (
    select
      n.settlement_id,
      max(n.seq) as seq,
      (array_agg(n.to_status order by n.seq desc))[1] as to_status,
      max(n.attempt) as attempt,
      bool_or(n.kind = 'step') as has_step,
      bool_or(n.kind = 'closed' or (n.kind = 'step' and n.to_status = 'settled')) as closed,
      max(n.recorded_at) filter (where n.kind = 'closed' or (n.kind = 'step' and n.to_status = 'settled')) as closed_at,
      bool_or(n.kind = 'reopened') as reopened,
      (array_agg(n.kind = 'paused' order by n.seq desc) filter (where n.kind in ('paused', 'resumed')))[1] as paused,
      max(n.lane) filter (where n.kind = 'lane') as lane,
      max(n.settlement_date) filter (where n.kind = 'rolled') as settlement_date,
      max(n.deadline_at) filter (where n.kind = 'reopened') as deadline_at,
      max(n.next_attempt_at) filter (where n.kind = 'step' and n.to_status = 'failed') as next_attempt_at,
      max(n.recorded_at) filter (where n.kind = 'parked') as parked_at,
      max(n.recorded_at) filter (where n.kind = 'step' and n.to_status = 'initiated') as initiated_at,
      max(n.recorded_at) filter (where n.kind = 'step' and n.to_status = 'confirmed') as confirmed_at,
      max(n.recorded_at) filter (where n.kind = 'step' and n.to_status = 'settled') as settled_at,
      max(n.recorded_at) filter (where n.kind = 'step' and n.to_status = 'failed') as failed_at,
      (array_agg(n.failure_code order by n.seq desc) filter (where n.failure_code is not null))[1] as failure_code,
      (array_agg(n.reason order by n.seq desc) filter (where n.failure_code is not null))[1] as failure_reason,
      max(n.dvp_contract_id) as dvp_contract_id,
      max(n.seller_securities_ledger_ref) as seller_securities_ledger_ref,
      max(n.buyer_cash_ledger_ref) as buyer_cash_ledger_ref,
      max(n.dvp_atomic_transaction_id) as dvp_atomic_transaction_id,
      max(n.buyer_securities_ledger_ref) as buyer_securities_ledger_ref,
      max(n.seller_cash_ledger_ref) as seller_cash_ledger_ref
    from new_events n
    group by n.settlement_id
  ) f
  where s.id = f.settlement_id;

  insert into outbox (settlement_id, event_seq, type, payload)
  select told.settlement_id, told.seq, told.type, to_jsonb(r)
  from (
    select
      n.id, n.settlement_id, n.seq,
      case
        when n.kind = 'step' and n.from_status is null then 'accepted'
        when n.kind = 'step' and n.to_status = 'settled' then 'settled'
        when n.kind = 'step' and n.to_status = 'initiated' and exists (
          -- A parked one goes on: its last marks before this step are 'parked' or, reopened since, 'reopened'.
          select from settlement_events p
          where p.settlement_id = n.settlement_id and p.attempt = n.attempt - 1 and p.kind = 'parked'
        ) then 'resumed'
        when n.kind = 'closed' then 'failed'
        when n.kind in ('parked', 'reopened') then n.kind
      end as type
    from new_events n
  ) told
  join settlement_rows r on r.id = told.settlement_id
  where told.type is not null
  order by told.id;

  return null;
end
$$;

create or replace trigger apply_settlement_events
after insert on settlement_events
referencing new table as new_events
for each statement execute function apply_settlement_events();
