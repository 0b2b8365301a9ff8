-- function: swap_is_right(uuid)
-- Whether the ledger holds exactly the swap of a confirmed settlement: its postings and no others, both holds consumed.
create or replace function swap_is_right(p_settlement_id uuid) returns boolean
language plpgsql stable
as $$
begin
  return exists (
    select
    from settlements s
    join ledger_transactions l on l.id::text = s.dvp_atomic_transaction_id and l.kind = 'dvp' and l.settlement_id = s.id
    join holds securities on securities.id::text = s.seller_securities_ledger_ref
      and (securities.settlement_id, securities.account_id, securities.asset, securities.amount, securities.status)
        = (s.id, s.seller_account_id, s.base_asset, s.quantity, 'consumed')
    join holds cash on cash.id::text = s.buyer_cash_ledger_ref
      and (cash.settlement_id, cash.account_id, cash.asset, cash.amount, cash.status)
        = (s.id, s.buyer_account_id, s.quote_asset, s.amount + s.buyer_commission, 'consumed')
    where s.id = p_settlement_id
      and not exists (
        (select p.account_id, p.asset::text, p.amount::numeric from postings p where p.transaction_id = l.id
          except all select w.account_id, w.asset, w.amount from swap_postings(s.id) w)
        union all
        (select w.account_id, w.asset, w.amount from swap_postings(s.id) w
          except all select p.account_id, p.asset::text, p.amount::numeric from postings p where p.transaction_id = l.id)
      )
      and exists (
        select from postings p
        where p.id::text = s.buyer_securities_ledger_ref
          and (p.transaction_id, p.account_id, p.asset) = (l.id, s.buyer_account_id, s.base_asset)
      )
      and exists (
        select from postings p
        where p.id::text = s.seller_cash_ledger_ref
          and (p.transaction_id, p.account_id, p.asset) = (l.id, s.seller_account_id, s.quote_asset)
      )
  );
end
$$;
