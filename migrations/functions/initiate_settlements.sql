-- function: initiate_settlements(jsonb, timestamptz, text)
-- pending -> initiated when the settlement date has come and both accounts and the instrument are active.
-- p_requests: [{settlement_id, dvp_contract_id}]
create or replace function initiate_settlements(p_requests jsonb, p_as_of timestamptz, p_actor text)
returns table (settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb)
language plpgsql
as $$
declare
  today date := (p_as_of at time zone 'UTC')::date;
  answers step_answer[] := '{}';
  obstacle record;
  s record;
begin
  perform lock_settlements(array(select (r ->> 'settlement_id')::uuid from jsonb_array_elements(p_requests) as r));
  for s in
    select st.*, r.dvp_contract_id as contract_id
    from settlements st
    join jsonb_to_recordset(p_requests) as r (settlement_id uuid, dvp_contract_id text) on r.settlement_id = st.id
    order by st.accept_seq
  loop
    if s.status <> 'pending' or s.paused then
      answers := answers || (s.id, 'committed', null, null, '{}')::step_answer;
    elsif s.settlement_date > today then
      perform note_waiting(s.id, p_as_of);
      answers := answers || (s.id, 'waiting', null, format('for its settlement date, %s', s.settlement_date), '{}')::step_answer;
    else
      select o.code, o.reason into obstacle from settlement_obstacle(s.id) o;
      if obstacle.code is not null then
        answers := answers || (s.id, 'rejected', obstacle.code, obstacle.reason, '{}')::step_answer;
      else
        insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, dvp_contract_id)
        values (s.id, s.event_seq + 1, 'step', 'pending', 'initiated', s.attempt, p_actor, s.contract_id);
        answers := answers || (s.id, 'committed', null, null, '{}')::step_answer;
      end if;
    end if;
  end loop;
  return query select * from answer_steps(answers);
end
$$;
