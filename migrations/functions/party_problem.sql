-- function: party_problem(jsonb)
-- What is wrong with a trade event's accounts: one that does not exist, or that is not a customer's. No row: nothing.
create or replace function party_problem(p_event jsonb, out code text, out field text, out reason text) returns setof record
language plpgsql stable
as $$
begin
  return query
  select
    case when a.id is null then 'UNKNOWN_ACCOUNT' else 'NOT_A_CUSTOMER' end,
    party.field,
    case
      when a.id is null then format('account %s does not exist: expected the id of a customer''s account', party.account_id)
      else format('account %s is the %s account: expected the id of a customer''s account', party.account_id, a.kind)
    end
  from (
    values (1, 'buyer_account_id', p_event ->> 'buyer_account_id'), (2, 'seller_account_id', p_event ->> 'seller_account_id')
  ) as party (position, field, account_id)
  left join accounts a on a.id = party.account_id::uuid
  where a.id is null or a.kind <> 'customer'
  order by party.position
  limit 1;
end
$$;
