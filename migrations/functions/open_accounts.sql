-- function: open_accounts(jsonb)
-- Opens the accounts that are not there yet, each with a user of its own; those that are there are left as they are.
-- Answers with the clashes: a number that belongs to another id, an id that has another number, an account that is no
-- customer's. The caller rolls back then.
-- p_accounts: [{account_id, account_number, status, currency_primary, user_id, email}]
create or replace function open_accounts(p_accounts jsonb)
returns table (account_id uuid, account_number text, problem text)
language plpgsql
as $$
begin
  insert into users (id, email, password_hash)
  select w.user_id, w.email, '!' -- no password has this hash: nobody logs in with it
  from jsonb_to_recordset(p_accounts) as w (account_id uuid, user_id uuid, email text)
  where not exists (select from accounts a where a.id = w.account_id)
  order by w.user_id
  on conflict (id) do nothing;

  insert into accounts (id, user_id, account_number, status, currency_primary)
  select w.account_id, w.user_id, w.account_number, w.status, w.currency_primary
  from jsonb_to_recordset(p_accounts) as w (
    account_id uuid, user_id uuid, account_number text, status account_status, currency_primary text
  )
  where not exists (select from accounts a where a.id = w.account_id)
  order by w.account_id
  on conflict do nothing;

  return query
  select
    w.account_id, w.account_number,
    case
      when a.id is null then format('its number is that of account %s already', other.id)
      when a.kind <> 'customer' then format('it is the %s account, not a customer''s', a.kind)
      else format('it is known with the number %s', a.account_number)
    end
  from jsonb_to_recordset(p_accounts) as w (account_id uuid, account_number text)
  left join accounts a on a.id = w.account_id
  left join accounts other on other.account_number = w.account_number
  where a.id is null or a.account_number <> w.account_number or a.kind <> 'customer'
  order by w.account_number;
end
$$;
