-- function: accept_trades(jsonb, text)
-- Accepts a set of trades in the order of its elements: orders, trade, balances rows, settlement and first event in one
-- commit. A trade id is looked up before anything else: known with the same terms -> 'known', with others -> 'conflict'.
-- p_requests: [{trade_id, trade_row_id, settlement_id, terms_text, event, lane, terms | null, refusal | null}]
-- Lock order: trade ids (advisory, sorted), orders by id, trades by id, balances by (account_id, asset).
-- The advisory locks are what makes a conflict write nothing: without them the loser of a race for one trade id would
-- already have inserted its orders. One by one about 1,500 a second, in sets of 100 and more over 10,000.
create or replace function accept_trades(p_requests jsonb, p_actor text)
returns table (trade_id text, result text, code text, field text, reason text, settlement jsonb)
language plpgsql
as $$
declare
  fresh jsonb;
begin
  perform pg_advisory_xact_lock(k.lock_key)
  from (
    select distinct hashtextextended(r.trade_id, 0) as lock_key
    from jsonb_to_recordset(p_requests) as r (trade_id text)
    order by lock_key
  ) k;

  -- A place in line for each trade that is new, has terms, and names two customers: by its position in the input.
  -- Of one trade id several times in the set, the first that is not refused: a refused one leaves nothing behind.
  select coalesce(jsonb_agg(
    n.request || jsonb_build_object('accept_seq', n.accept_seq, 'position', n.position) order by n.accept_seq), '[]')
  into fresh
  from (
    select o.request, o.position, nextval('settlements_accept_seq') as accept_seq
    from (
      select e.request, e.position
      from (
        select distinct on (r.request ->> 'trade_id') r.request, r.position
        from jsonb_array_elements(p_requests) with ordinality as r (request, position)
        where r.request -> 'refusal' = 'null'
          and not exists (select from trades t where t.matching_engine_trade_id = r.request ->> 'trade_id')
          and not exists (select from party_problem(r.request -> 'event'))
        order by r.request ->> 'trade_id', r.position
      ) e
      order by e.position
      -- An optimisation fence: the sequence is drawn in the order of the input.
      offset 0
    ) o
  ) n;

  if fresh <> '[]' then
    perform insert_accepted(fresh, p_actor);
  end if;

  return query
  select
    r.request ->> 'trade_id',
    case
      when r.position = n.position then 'accepted'
      when t.id is null then 'refused'
      when t.terms_hash = payload_hash(r.request ->> 'terms_text') then 'known'
      else 'conflict'
    end,
    case when t.id is null then coalesce(r.request #>> '{refusal,code}', p.code) end,
    case when t.id is null then coalesce(r.request #>> '{refusal,field}', p.field) end,
    case when t.id is null then coalesce(r.request #>> '{refusal,reason}', p.reason) end,
    to_jsonb(s)
  from jsonb_array_elements(p_requests) with ordinality as r (request, position)
  left join jsonb_to_recordset(fresh) as n (trade_id text, position bigint) on n.trade_id = r.request ->> 'trade_id'
  -- What stands before the accepted one came when the trade was not known yet.
  left join trades t on t.matching_engine_trade_id = r.request ->> 'trade_id' and (n.position is null or r.position >= n.position)
  left join settlement_rows s on s.id = (r.request ->> 'settlement_id')::uuid
    and t.terms_hash = payload_hash(r.request ->> 'terms_text')
  left join lateral party_problem(r.request -> 'event') p on t.id is null
  order by r.position;
end
$$;
