-- function: check_balances_of_customers()
-- Only customers have balances: a shared system row would be a lock that every trade waits for.
create or replace function check_balances_of_customers() returns trigger
language plpgsql
as $$
declare
  bad record;
begin
  select b.account_id, a.kind
  into bad
  from new_balances b
  join accounts a on a.id = b.account_id
  where a.kind <> 'customer'
  limit 1;
  if found then
    raise exception 'account % is a % account: it has postings and no balances', bad.account_id, bad.kind
      using errcode = 'CD002';
  end if;
  return null;
end
$$;

create or replace trigger check_balances_of_customers after insert on balances
referencing new table as new_balances
for each statement execute function check_balances_of_customers();
