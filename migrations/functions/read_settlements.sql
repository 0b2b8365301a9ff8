-- function: read_settlements(uuid[])
-- The rows as they are, read under their locks: whatever was under way on them has committed or gone by then.
create or replace function read_settlements(p_ids uuid[])
returns table (settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb)
language plpgsql
as $$
begin
  perform lock_settlements(p_ids);
  return query
  select i.id, 'committed'::text, null::text, null::text, '{}'::text[], to_jsonb(r)
  from unnest(p_ids) with ordinality as i (id, position)
  left join settlement_rows r on r.id = i.id
  order by i.position;
end
$$;
