-- function: pause_settlements(uuid[], timestamptz, text, text)
-- Stops settlements where they are, holds and all, until they are resumed; they leave the line meanwhile.
-- Asked twice, it answers the same.
create or replace function pause_settlements(p_ids uuid[], p_as_of timestamptz, p_actor text, p_reason text)
returns table (settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb)
language plpgsql
as $$
declare
  today date := (p_as_of at time zone 'UTC')::date;
  answers step_answer[] := '{}';
  s record;
begin
  perform lock_settlements(p_ids);
  perform lock_settlement_balances(p_ids);
  for s in
    select i.id, st.status, st.paused, st.closed_at, st.event_seq, st.attempt
    from unnest(p_ids) as i (id)
    left join settlements st on st.id = i.id
    order by st.accept_seq
  loop
    if s.status is null then
      answers := answers || (s.id, 'not_found', null, null, '{}')::step_answer;
    elsif s.paused and s.closed_at is null then
      answers := answers || (s.id, 'committed', null, null, '{}')::step_answer;
    elsif s.closed_at is not null or s.status not in (
      'pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked', 'failed'
    ) then
      answers := answers || (s.id, 'forbidden', null, format('it is %s%s: a settlement can be paused until it executes, or while it is failed and open',
        s.status, case when s.closed_at is not null then ' and closed' else '' end), '{}')::step_answer;
    else
      insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, reason)
      values (s.id, s.event_seq + 1, 'paused', s.status, s.status, s.attempt, p_actor, p_reason);
      answers := answers || (s.id, 'committed', null, null, first_waiters(s.id, today))::step_answer;
    end if;
  end loop;
  return query select * from answer_steps(answers);
end
$$;
