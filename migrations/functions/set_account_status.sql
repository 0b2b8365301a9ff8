-- function: set_account_status(uuid, text, text, text)
-- Suspends or activates an account. The account's balances are locked first, so that nothing moves through it once this has
-- committed: a step under way ends before, a later one reads the new status.
create or replace function set_account_status(p_account_id uuid, p_status text, p_actor text, p_reason text)
returns table (previous_status text)
language plpgsql
as $$
declare
  before text;
begin
  perform from balances b where b.account_id = p_account_id order by b.asset for update;
  select a.status into before from accounts a where a.id = p_account_id for update;
  if found and before <> p_status then
    update accounts a set status = p_status::account_status, updated_at = now() where a.id = p_account_id;
    insert into audit_logs (account_id, event_type, resource_type, resource_id, action, details)
    values (
      p_account_id, 'account_status', 'account', p_account_id::text, p_status,
      jsonb_build_object('actor', p_actor, 'reason', p_reason, 'previous_status', before)
    );
  end if;
  return query select before where before is not null;
end
$$;
