-- function: close_settlements(uuid[], timestamptz, text)
-- Closes failed settlements whose deadline has passed; the failure code keeps the cause.
create or replace function close_settlements(p_ids uuid[], p_as_of timestamptz, p_actor text)
returns table (settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb)
language plpgsql
as $$
begin
  perform lock_settlements(p_ids);
  insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, reason)
  select s.id, s.event_seq + 1, 'closed', 'failed', 'failed', s.attempt, p_actor, 'The deadline has passed.'
  from settlements s
  where s.id = any (p_ids) and s.status = 'failed' and s.closed_at is null and p_as_of >= s.deadline_at
  order by s.id;
  return query select * from read_settlements(p_ids);
end
$$;
