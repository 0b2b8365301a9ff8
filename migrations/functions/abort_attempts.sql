-- function: abort_attempts(jsonb, timestamptz, text, int, int)
-- Ends an attempt that the ledger rejected: its holds are released, and in the same commit the settlement is due again,
-- parked, or (its deadline passed) closed as final: there is no failed row of which nobody knows what comes next.
-- p_failures: [{settlement_id, attempt, code, reason, is_retried}]
create or replace function abort_attempts(
  p_failures jsonb, p_as_of timestamptz, p_actor text, p_retry_attempts int, p_retry_delay_seconds int
)
returns table (settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb)
language plpgsql
as $$
declare
  today date := (p_as_of at time zone 'UTC')::date;
  answers step_answer[] := '{}';
  is_over boolean;
  is_due_again boolean;
  s record;
begin
  perform lock_settlements(array(select (r ->> 'settlement_id')::uuid from jsonb_array_elements(p_failures) as r));
  perform lock_settlement_balances(array(select (r ->> 'settlement_id')::uuid from jsonb_array_elements(p_failures) as r));
  for s in
    select
      st.id, st.status, st.paused, st.event_seq, st.attempt, st.deadline_at,
      f.attempt as failed_attempt, f.code as failure_code, f.reason as failure_reason, f.is_retried
    from settlements st
    join jsonb_to_recordset(p_failures) as f (settlement_id uuid, attempt int, code text, reason text, is_retried boolean)
      on f.settlement_id = st.id
    order by st.accept_seq
  loop
    if s.status not in ('pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked', 'executing')
      or s.paused or s.attempt <> s.failed_attempt
    then
      answers := answers || (s.id, 'committed', null, null, '{}')::step_answer;
    else
      is_over := p_as_of >= s.deadline_at;
      is_due_again := not is_over and s.is_retried and s.attempt <= p_retry_attempts and not attempt_is_by_hand(s.id, s.attempt);
      perform release_holds(s.id);
      insert into settlement_events (
        settlement_id, seq, kind, from_status, to_status, attempt, actor, reason, failure_code, next_attempt_at
      )
      values (
        s.id, s.event_seq + 1, 'step', s.status, 'failed', s.attempt, p_actor, s.failure_reason, s.failure_code,
        case when is_due_again then p_as_of + make_interval(secs => p_retry_delay_seconds) end
      );
      if not is_due_again then
        insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, reason)
        values (
          s.id, s.event_seq + 2, case when is_over then 'closed' else 'parked' end, 'failed', 'failed', s.attempt, p_actor,
          case when is_over then 'The deadline has passed.' end
        );
      end if;
      answers := answers || (s.id, 'committed', null, null, first_waiters(s.id, today))::step_answer;
    end if;
  end loop;
  return query select * from answer_steps(answers);
end
$$;
