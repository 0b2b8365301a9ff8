-- function: retry_settlements(jsonb, timestamptz, text, text)
-- Ops' retry: one attempt more of a failed settlement. A closed one is reopened first, with a deadline set anew, unless it
-- was cancelled. A row that is already past the attempt asked for is answered as it is: the command was carried out before.
-- p_requests: [{settlement_id, attempt, dvp_contract_id, new_deadline_at}]
create or replace function retry_settlements(p_requests jsonb, p_as_of timestamptz, p_actor text, p_reason text)
returns table (settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb)
language plpgsql
as $$
declare
  answers step_answer[] := '{}';
  obstacle text;
  reopenings int;
  s record;
begin
  perform lock_settlements(array(select (r ->> 'settlement_id')::uuid from jsonb_array_elements(p_requests) as r));
  for s in
    select
      r.settlement_id as id, st.id is not null as is_known, st.status, st.paused, st.closed_at, st.failure_code, st.event_seq,
      st.attempt, r.attempt as asked_attempt, r.dvp_contract_id as contract_id, r.new_deadline_at
    from jsonb_to_recordset(p_requests) as r (
      settlement_id uuid, attempt int, dvp_contract_id text, new_deadline_at timestamptz
    )
    left join settlements st on st.id = r.settlement_id
    order by st.accept_seq
  loop
    obstacle := case
      when s.attempt > s.asked_attempt then null
      when s.attempt < s.asked_attempt then format('it is at attempt %s, not at %s: look at it again', s.attempt, s.asked_attempt)
      when s.status <> 'failed' then format('it is %s: only a failed settlement can be retried', s.status)
      when s.closed_at is not null and s.failure_code = 'CANCELLED' then 'it was cancelled, which is final'
      when s.paused and s.closed_at is null then 'it is paused: resume it first'
    end;
    if not s.is_known then
      answers := answers || (s.id, 'not_found', null, null, '{}')::step_answer;
    elsif obstacle is not null then
      answers := answers || (s.id, 'forbidden', null, obstacle, '{}')::step_answer;
    else
      if s.attempt = s.asked_attempt then
        reopenings := 0;
        if s.closed_at is not null then
          insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, reason, deadline_at)
          values (s.id, s.event_seq + 1, 'reopened', 'failed', 'failed', s.attempt, p_actor, p_reason, s.new_deadline_at);
          reopenings := 1;
          -- Its deadline passed while it was paused; closed, it could not be resumed first.
          if s.paused then
            insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, reason)
            values (s.id, s.event_seq + 2, 'resumed', 'failed', 'failed', s.attempt, p_actor, p_reason);
            reopenings := 2;
          end if;
        end if;
        insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, reason, dvp_contract_id)
        values (
          s.id, s.event_seq + 1 + reopenings, 'step', 'failed', 'initiated', s.attempt + 1, p_actor, p_reason, s.contract_id
        );
      end if;
      answers := answers || (s.id, 'committed', null, null, '{}')::step_answer;
    end if;
  end loop;
  return query select * from answer_steps(answers);
end
$$;
