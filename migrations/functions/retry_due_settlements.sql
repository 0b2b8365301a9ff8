-- function: retry_due_settlements(jsonb, timestamptz)
-- The engine's own next attempt: failed -> initiated once next_attempt_at has come.
-- p_requests: [{settlement_id, attempt, dvp_contract_id}]; the attempt raised is the row's, and only if it is still the one asked for.
create or replace function retry_due_settlements(p_requests jsonb, p_as_of timestamptz)
returns table (settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb)
language plpgsql
as $$
declare
  ids uuid[] := array(select (r ->> 'settlement_id')::uuid from jsonb_array_elements(p_requests) as r);
begin
  perform lock_settlements(ids);
  insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, dvp_contract_id)
  select s.id, s.event_seq + 1, 'step', 'failed', 'initiated', s.attempt + 1, 'engine', r.dvp_contract_id
  from settlements s
  join jsonb_to_recordset(p_requests) as r (settlement_id uuid, attempt int, dvp_contract_id text)
    on r.settlement_id = s.id and r.attempt = s.attempt
  where s.status = 'failed' and s.closed_at is null and not s.paused and s.next_attempt_at <= p_as_of
  order by s.id;
  return query select * from read_settlements(ids);
end
$$;
