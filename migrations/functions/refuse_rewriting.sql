-- function: refuse_rewriting()
-- History is only added to: a correction is a contra transaction.
create or replace function refuse_rewriting() returns trigger
language plpgsql
as $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op) using errcode = 'CD002';
end
$$;

create or replace trigger refuse_rewriting before update or delete or truncate on settlement_events
for each statement execute function refuse_rewriting();
create or replace trigger refuse_rewriting before update or delete or truncate on ledger_transactions
for each statement execute function refuse_rewriting();
create or replace trigger refuse_rewriting before update or delete or truncate on postings
for each statement execute function refuse_rewriting();
create or replace trigger refuse_rewriting before update or delete or truncate on hold_rejections
for each statement execute function refuse_rewriting();
create or replace trigger refuse_rewriting before update or delete or truncate on settlement_transitions
for each statement execute function refuse_rewriting();
