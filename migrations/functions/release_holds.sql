-- function: release_holds(uuid)
-- Gives back what a settlement's active holds reserve. The caller has locked the settlement and its balances.
create or replace function release_holds(p_settlement_id uuid) returns void
language plpgsql
as $$
begin
  with released as (
    update holds h
    set status = 'released', ended_at = now()
    where h.settlement_id = p_settlement_id and h.status = 'active'
    returning h.account_id, h.asset, h.amount
  )
  update balances b
  set available = b.available + r.amount, reserved = b.reserved - r.amount
  from released r
  where b.account_id = r.account_id and b.asset = r.asset;
end
$$;
