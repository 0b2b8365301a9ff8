-- function: resume_settlements(uuid[], text, text)
-- Lets paused settlements go on, at their old places in line. Asked twice, it answers the same.
create or replace function resume_settlements(p_ids uuid[], p_actor text, p_reason text)
returns table (settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb)
language plpgsql
as $$
begin
  perform lock_settlements(p_ids);
  insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, reason)
  select s.id, s.event_seq + 1, 'resumed', s.status, s.status, s.attempt, p_actor, p_reason
  from settlements s
  where s.id = any (p_ids) and s.paused and s.closed_at is null
  order by s.id;
  return query
  select
    i.id,
    case when s.id is null then 'not_found' when s.closed_at is not null then 'forbidden' else 'committed' end,
    null::text,
    case when s.closed_at is not null then format('it is %s and closed', s.status) end,
    '{}'::text[],
    to_jsonb(r)
  from unnest(p_ids) with ordinality as i (id, position)
  left join settlements s on s.id = i.id
  left join settlement_rows r on r.id = i.id
  order by i.position;
end
$$;
