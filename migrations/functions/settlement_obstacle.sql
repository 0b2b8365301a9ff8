-- function: settlement_obstacle(uuid)
-- Why a settlement may not go on whatever its balances: an account that is not active, a halted instrument. Null code: it may.
-- Read after the balance locks: suspending an account takes them too, so nothing moves once a suspension has committed.
create or replace function settlement_obstacle(p_settlement_id uuid, out code text, out reason text)
language plpgsql
as $$
begin
  select
    case when seller.status <> 'active' or buyer.status <> 'active' then 'ACCOUNT_NOT_ACTIVE'
      when i.status <> 'active' then 'INSTRUMENT_HALTED' end,
    case when seller.status <> 'active' then format('Seller %s is %s.', seller.account_number, seller.status)
      when buyer.status <> 'active' then format('Buyer %s is %s.', buyer.account_number, buyer.status)
      when i.status <> 'active' then format('%s is %s.', i.symbol, i.status) end
  into code, reason
  from settlements s
  join accounts seller on seller.id = s.seller_account_id
  join accounts buyer on buyer.id = s.buyer_account_id
  join instruments i on i.symbol = s.symbol
  where s.id = p_settlement_id;
end
$$;
