-- function: note_waiting(uuid, timestamptz)
-- Since when a settlement waits, by the caller's clock; and that somebody looked, so that the sweeper need not.
create or replace function note_waiting(p_settlement_id uuid, p_as_of timestamptz) returns void
language plpgsql
as $$
begin
  update settlements s
  set waiting_since = coalesce(s.waiting_since, p_as_of), updated_at = now()
  where s.id = p_settlement_id;
end
$$;
