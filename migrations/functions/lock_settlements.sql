-- function: lock_settlements(uuid[])
-- First of the lock order that every transition keeps: settlements by id, then balances by (account_id, asset).
-- Locking is a statement of its own: what is read afterwards has a snapshot taken when the lock was held.
create or replace function lock_settlements(p_ids uuid[]) returns void
language plpgsql
as $$
begin
  perform from settlements s where s.id = any (p_ids) order by s.id for update;
end
$$;
