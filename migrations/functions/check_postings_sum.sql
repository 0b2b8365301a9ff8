-- function: check_postings_sum()
-- Every ledger transaction sums to zero per asset, at the end of each statement that posts to it.
create or replace function check_postings_sum() returns trigger
language plpgsql
as $$
declare
  bad record;
begin
  select p.transaction_id, p.asset, sum(p.amount) as total
  into bad
  from new_postings p
  group by p.transaction_id, p.asset
  having sum(p.amount) <> 0
  limit 1;
  if found then
    raise exception 'transaction % does not sum to zero: % % left over', bad.transaction_id, trim_scale(bad.total), bad.asset
      using errcode = 'CD002';
  end if;
  return null;
end
$$;

create or replace trigger check_postings_sum after insert on postings
referencing new table as new_postings
for each statement execute function check_postings_sum();
