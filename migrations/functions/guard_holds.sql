-- function: guard_holds()
-- A hold ends once: active -> consumed or released, and nothing else of it ever changes.
create or replace function guard_holds() returns trigger
language plpgsql
as $$
begin
  if tg_op <> 'UPDATE' then
    raise exception 'holds are never removed' using errcode = 'CD002';
  end if;
  if old.status <> 'active' or new.status not in ('consumed', 'released')
    or (new.id, new.account_id, new.asset, new.amount, new.idempotency_key, new.payload_hash, new.created_at)
      is distinct from (old.id, old.account_id, old.asset, old.amount, old.idempotency_key, old.payload_hash, old.created_at)
    or (new.settlement_id, new.withdrawal_id) is distinct from (old.settlement_id, old.withdrawal_id)
  then
    raise exception 'hold % is %: it may only end once, as consumed or released', old.id, old.status using errcode = 'CD002';
  end if;
  return new;
end
$$;

create or replace trigger guard_holds before update on holds for each row execute function guard_holds();
create or replace trigger refuse_removing_holds before delete or truncate on holds
for each statement execute function guard_holds();
