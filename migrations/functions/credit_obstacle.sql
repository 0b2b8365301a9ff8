-- function: credit_obstacle(uuid)
-- Why a swap may not credit its balances, which the caller has locked: one of them would reach 1e20, more than the ledger's
-- amounts hold. Null code: it may. A trade alone is below that; only what the account has already makes it too much.
create or replace function credit_obstacle(p_settlement_id uuid, out code text, out reason text)
language plpgsql
as $$
begin
  select
    'BALANCE_LIMIT',
    format('Account %s has %s %s and would be credited %s: a balance stays below 1e20.', a.account_number,
      trim_scale(b.available + b.reserved), b.asset, trim_scale(c.credit))
  into code, reason
  from line_credits c
  join balances b on b.account_id = c.account_id and b.asset = c.asset
  join accounts a on a.id = c.account_id
  where c.settlement_id = p_settlement_id and b.available + b.reserved + c.credit >= 1e20
  order by b.asset
  limit 1;
end
$$;
