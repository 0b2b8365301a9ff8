-- function: finalise_settlements(uuid[], text)
-- confirmed -> settled: reads the swap back from the ledger and compares it with the settlement before it says so.
-- A difference is a bug or damage, never a business failure: the error stops here and the settlement stays confirmed.
create or replace function finalise_settlements(p_ids uuid[], p_actor text)
returns table (settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb)
language plpgsql
as $$
declare
  answers step_answer[] := '{}';
  s record;
begin
  perform lock_settlements(p_ids);
  for s in
    select st.id, st.status, st.event_seq, st.attempt, st.dvp_atomic_transaction_id
    from settlements st
    where st.id = any (p_ids)
    order by st.accept_seq
  loop
    if s.status = 'confirmed' then
      if not swap_is_right(s.id) then
        raise exception 'the swap of settlement % is not what its terms say: see ledger transaction %', s.id,
          s.dvp_atomic_transaction_id using errcode = 'CD003';
      end if;
      insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor)
      values (s.id, s.event_seq + 1, 'step', 'confirmed', 'settled', s.attempt, p_actor);
    end if;
    answers := answers || (s.id, 'committed', null, null, '{}')::step_answer;
  end loop;
  return query select * from answer_steps(answers);
end
$$;
