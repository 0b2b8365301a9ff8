-- function: copy_primary_cash()
-- accounts.cash_balance and reserved_balance show the balance of the account's primary currency, in the same commit, for
-- readers of the seed's columns. Whoever comes here holds the balance's lock, so two never meet at one accounts row.
create or replace function copy_primary_cash() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  update accounts a
  set cash_balance = b.available, reserved_balance = b.reserved, updated_at = now()
  from changed_balances b
  where a.id = b.account_id and a.currency_primary = b.asset
    and (a.cash_balance, a.reserved_balance) is distinct from (b.available, b.reserved);
  return null;
end
$$;

create or replace trigger copy_primary_cash_of_new after insert on balances
referencing new table as changed_balances
for each statement execute function copy_primary_cash();
create or replace trigger copy_primary_cash after update on balances
referencing new table as changed_balances
for each statement execute function copy_primary_cash();
