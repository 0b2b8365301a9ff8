-- function: swap_postings(uuid)
-- The postings that a settlement's swap has: both legs, and the commissions to the fees account. They sum to zero per asset.
-- execute writes them, finalise reads them back, verify compares them.
create or replace function swap_postings(p_settlement_id uuid)
returns table ("position" int, account_id uuid, asset text, amount numeric)
language sql stable
as $$
  select p.position, p.account_id, p.asset, p.amount
  from settlements s
  cross join lateral (
    values
      (1, s.seller_account_id, s.base_asset::text, -s.quantity::numeric, true),
      (2, s.buyer_account_id, s.base_asset, s.quantity, true),
      (3, s.buyer_account_id, s.quote_asset, -(s.amount + s.buyer_commission), true),
      (4, s.seller_account_id, s.quote_asset, s.amount - s.seller_commission, true),
      (5, (select a.id from accounts a where a.kind = 'fees'), s.quote_asset, s.buyer_commission + s.seller_commission,
        s.buyer_commission + s.seller_commission > 0)
  ) as p (position, account_id, asset, amount, is_needed)
  where s.id = p_settlement_id and p.is_needed
$$;
