-- function: adjust_balance(text, uuid, text, uuid, text, numeric, date, text, text)
-- Credits (positive) or debits (negative) a customer's balance against the custody account: an opening balance or a
-- correction by ops. A debit may take only what no settlement in line has coming to it: available less their debits
-- ('short'); no balance may reach 1e20 ('too_large').
-- The key makes it happen once: the same key with the same payload answers 'known', with another payload 'conflict'.
create or replace function adjust_balance(
  p_idempotency_key text, p_transaction_id uuid, p_kind text, p_account_id uuid, p_asset text, p_amount numeric, p_day date,
  p_actor text, p_reason text
)
returns table (outcome text, available text, reserved text, in_line text, wakes text[])
language plpgsql
as $$
declare
  -- The domain refuses what is no amount: NaN, too many decimals, 1e20.
  change amount := p_amount;
  hash text := payload_hash(concat_ws('|', p_kind, p_account_id, p_asset, trim_scale(p_amount)));
  known record;
  debits numeric;
  free numeric;
  held numeric;
  result text;
begin
  -- Two at once with one key: the second finds what the first has booked, also for another account.
  perform pg_advisory_xact_lock(hashtextextended(p_idempotency_key, 0));
  perform from balances b where b.account_id = p_account_id and b.asset = p_asset for update;
  select coalesce(sum(b.available), 0), coalesce(sum(b.reserved), 0)
  into free, held
  from balances b
  where b.account_id = p_account_id and b.asset = p_asset;
  select coalesce(sum(d.debit), 0) into debits
  from line_debits d
  where d.account_id = p_account_id and d.asset = p_asset and not d.has_hold and d.settlement_date <= p_day;

  select l.payload_hash into known from ledger_transactions l where l.idempotency_key = p_idempotency_key;
  if found then
    result := case when known.payload_hash = hash then 'known' else 'conflict' end;
  elsif change < 0 and free - debits < -change then
    result := 'short';
  elsif free + held + change >= 1e20 then
    result := 'too_large';
  else
    insert into ledger_transactions (id, kind, idempotency_key, payload_hash, actor, reason)
    values (p_transaction_id, p_kind, p_idempotency_key, hash, p_actor, p_reason);
    insert into postings (transaction_id, account_id, asset, amount)
    values
      (p_transaction_id, p_account_id, p_asset, change),
      (p_transaction_id, (select a.id from accounts a where a.kind = 'custody'), p_asset, -change);
    insert into balances (account_id, asset) values (p_account_id, p_asset) on conflict (account_id, asset) do nothing;
    update balances b
    set available = b.available + change
    where b.account_id = p_account_id and b.asset = p_asset
    returning b.available into free;
    result := 'committed';
  end if;

  return query
  select
    result, trim_scale(free)::text, trim_scale(held)::text, trim_scale(debits)::text,
    case when result = 'committed' and change > 0
      then array_remove(array[first_waiter(p_account_id, p_asset, p_day)], null) else '{}' end;
end
$$;
