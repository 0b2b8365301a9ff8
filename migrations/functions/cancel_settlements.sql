-- function: cancel_settlements(uuid[], timestamptz, text, text)
-- Ends settlements for good, while there is nothing to undo but holds: from pending to buyer_cash_locked, or failed.
-- It races nothing: whoever gets the row's lock first decides. Asked twice, it answers the same.
create or replace function cancel_settlements(p_ids uuid[], p_as_of timestamptz, p_actor text, p_reason text)
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
    select i.id, st.status, st.closed_at, st.failure_code, st.event_seq, st.attempt
    from unnest(p_ids) as i (id)
    left join settlements st on st.id = i.id
    order by st.accept_seq
  loop
    if s.status is null then
      answers := answers || (s.id, 'not_found', null, null, '{}')::step_answer;
    elsif s.closed_at is not null and s.failure_code = 'CANCELLED' then
      answers := answers || (s.id, 'committed', null, null, '{}')::step_answer;
    elsif s.closed_at is not null or s.status not in (
      'pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked', 'failed'
    ) then
      answers := answers || (s.id, 'forbidden', null, format('it is %s%s: a settlement can be cancelled until it executes, or while it is failed and open',
        s.status, case when s.closed_at is not null then ' and closed' else '' end), '{}')::step_answer;
    else
      if s.status <> 'failed' then
        perform release_holds(s.id);
        insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, reason, failure_code)
        values (s.id, s.event_seq + 1, 'step', s.status, 'failed', s.attempt, p_actor, p_reason, 'CANCELLED');
      end if;
      insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, reason, failure_code)
      values (
        s.id, s.event_seq + case when s.status = 'failed' then 1 else 2 end, 'closed', 'failed', 'failed', s.attempt, p_actor,
        p_reason, 'CANCELLED'
      );
      answers := answers || (s.id, 'committed', null, null,
        case when s.status = 'failed' then '{}' else first_waiters(s.id, today) end)::step_answer;
    end if;
  end loop;
  return query select * from answer_steps(answers);
end
$$;
