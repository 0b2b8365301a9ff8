-- function: answer_steps(step_answer[])
-- The answers of a step in their order, each with the settlement's row as it is now.
create or replace function answer_steps(p_answers step_answer[])
returns table (settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb)
language plpgsql
as $$
begin
  return query
  select a.settlement_id, a.outcome, a.code, a.reason, a.wakes, to_jsonb(r)
  from unnest(p_answers) with ordinality as a (settlement_id, outcome, code, reason, wakes, position)
  left join settlement_rows r on r.id = a.settlement_id
  order by a.position;
end
$$;
