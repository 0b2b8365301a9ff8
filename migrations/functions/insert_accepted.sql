-- function: insert_accepted(jsonb, text)
-- The rows of trades that accept_trades has decided to accept; each element has its accept_seq.
-- An order row that is there already belongs to an earlier trade or to another service: it is left alone.
create or replace function insert_accepted(p_accepted jsonb, p_actor text) returns void
language plpgsql
as $$
begin
  insert into orders (
    id, account_id, symbol, side, order_type, quantity, price, status, filled, average_fill_price, commission, executed_at
  )
  select distinct on (o.id)
    o.id, o.account_id, o.symbol, o.side, 'limit', o.quantity, o.price, 'filled', o.quantity, o.price, o.commission, o.executed_at
  from jsonb_array_elements(p_accepted) as e (request)
  cross join lateral jsonb_to_record(e.request -> 'event') as t (
    trading_pair text, buy_order_id uuid, sell_order_id uuid, buyer_account_id uuid, seller_account_id uuid,
    price numeric, quantity numeric, trade_timestamp bigint
  )
  cross join lateral jsonb_to_record(e.request -> 'terms') as c (buyer_commission numeric, seller_commission numeric)
  cross join lateral (
    values
      (t.buy_order_id, t.buyer_account_id, t.trading_pair, 'buy'::order_side, t.quantity, t.price, c.buyer_commission,
        to_timestamp(t.trade_timestamp / 1000.0)),
      (t.sell_order_id, t.seller_account_id, t.trading_pair, 'sell'::order_side, t.quantity, t.price, c.seller_commission,
        to_timestamp(t.trade_timestamp / 1000.0))
  ) as o (id, account_id, symbol, side, quantity, price, commission, executed_at)
  order by o.id, (e.request ->> 'accept_seq')::bigint
  on conflict (id) do nothing;

  insert into trades (
    id, order_id, matching_engine_trade_id, account_id, symbol, side, quantity, price, gross_amount, commission, net_amount,
    counter_order_id, counter_account_id, executed_at, accepted_event, terms_hash
  )
  select
    (e.request ->> 'trade_row_id')::uuid, t.buy_order_id, e.request ->> 'trade_id', t.buyer_account_id, t.trading_pair, 'buy',
    t.quantity, t.price, c.amount, c.buyer_commission, c.amount + c.buyer_commission, t.sell_order_id, t.seller_account_id,
    to_timestamp(t.trade_timestamp / 1000.0), e.request -> 'event', payload_hash(e.request ->> 'terms_text')
  from jsonb_array_elements(p_accepted) as e (request)
  cross join lateral jsonb_to_record(e.request -> 'event') as t (
    trading_pair text, buy_order_id uuid, sell_order_id uuid, buyer_account_id uuid, seller_account_id uuid,
    price numeric, quantity numeric, trade_timestamp bigint
  )
  cross join lateral jsonb_to_record(e.request -> 'terms') as c (amount numeric, buyer_commission numeric)
  order by e.request ->> 'trade_row_id';

  insert into balances (account_id, asset)
  select distinct k.account_id, k.asset
  from jsonb_array_elements(p_accepted) as e (request)
  cross join lateral jsonb_to_record(e.request -> 'event') as t (buyer_account_id uuid, seller_account_id uuid)
  cross join lateral jsonb_to_record(e.request -> 'terms') as c (base text, quote text)
  cross join lateral (
    values
      (t.buyer_account_id, c.base), (t.buyer_account_id, c.quote), (t.seller_account_id, c.base), (t.seller_account_id, c.quote)
  ) as k (account_id, asset)
  where not exists (select from balances b where b.account_id = k.account_id and b.asset = k.asset)
  order by k.account_id, k.asset
  on conflict (account_id, asset) do nothing;

  insert into settlements (
    id, trade_id, buyer_account_id, seller_account_id, symbol, base_asset, quote_asset, quantity, amount, buyer_commission,
    seller_commission, accept_seq, lane, settlement_date, intended_settlement_date, deadline_at
  )
  select
    (e.request ->> 'settlement_id')::uuid, (e.request ->> 'trade_row_id')::uuid, t.buyer_account_id, t.seller_account_id,
    t.trading_pair, c.base, c.quote, t.quantity, c.amount, c.buyer_commission, c.seller_commission,
    (e.request ->> 'accept_seq')::bigint, e.request ->> 'lane', c.settlement_date, c.settlement_date, c.deadline_at
  from jsonb_array_elements(p_accepted) as e (request)
  cross join lateral jsonb_to_record(e.request -> 'event') as t (
    trading_pair text, buyer_account_id uuid, seller_account_id uuid, quantity numeric
  )
  cross join lateral jsonb_to_record(e.request -> 'terms') as c (
    base text, quote text, amount numeric, buyer_commission numeric, seller_commission numeric, settlement_date date,
    deadline_at timestamptz
  )
  order by e.request ->> 'settlement_id';

  insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor)
  select (e.request ->> 'settlement_id')::uuid, 1, 'step', null, 'pending', 1, p_actor
  from jsonb_array_elements(p_accepted) as e (request)
  order by (e.request ->> 'accept_seq')::bigint;
end
$$;
