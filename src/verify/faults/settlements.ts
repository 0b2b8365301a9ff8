/** What can be wrong with a settlement's row and its events. Each export is a query; checks put its rows into sentences. */
import { TRANSITIONS, type SettlementStatus } from '../../domain/settlement';
import { sql } from '../../postgres/sql';

const transitionKey = (kind: string, from: SettlementStatus | null, to: SettlementStatus): string =>
  [kind, from ?? 'nothing', to].join(' ');

// The domain's table and not the database's, so that a row slipped into settlement_transitions legalises nothing.
export const lawfulTransitions = sql.array(
  TRANSITIONS.map(({ kind, from, to }) => transitionKey(kind, from, to)),
  'text',
);

/**
 * The first event of each settlement that leaves the legal path: a seq skipped or repeated, a start that is not the end
 * of the one before, a change that the domain does not know, a wrong attempt, anything but a reopening after the end,
 * or a reopening of what was not closed, or was cancelled.
 */
const eventsOffPath = sql.fragment`
  select distinct on (e.settlement_id)
    e.settlement_id,
    format('event %s (%s %s -> %s, attempt %s) follows %s, as number %s and in attempt %s', e.seq, e.kind,
      coalesce(e.from_status::text, 'nothing'), e.to_status, e.attempt, coalesce(e.previous_status::text, 'nothing'),
      e.position, e.lawful_attempt) as problem
  from (
    select
      n.settlement_id, n.seq, n.kind, n.from_status, n.to_status, n.attempt,
      row_number() over path as position,
      lag(n.to_status) over path as previous_status,
      lag(n.failure_code) over path as previous_failure_code,
      1 + count(*) filter (where n.kind = 'step' and n.from_status = 'failed') over (path rows unbounded preceding)
        as lawful_attempt,
      max(n.seq) filter (where n.kind = 'closed' or (n.kind = 'step' and n.to_status = 'settled')) over earlier as closed_seq,
      max(n.seq) filter (where n.kind = 'reopened') over earlier as reopened_seq
    from settlement_events n
    window
      path as (partition by n.settlement_id order by n.seq),
      earlier as (partition by n.settlement_id order by n.seq rows between unbounded preceding and 1 preceding)
  ) e
  where e.seq <> e.position
    or e.from_status is distinct from e.previous_status
    or concat_ws(' ', e.kind, coalesce(e.from_status::text, 'nothing'), e.to_status) <> all (${lawfulTransitions})
    or e.attempt <> e.lawful_attempt
    or (e.kind = 'reopened') <> (coalesce(e.closed_seq, 0) > coalesce(e.reopened_seq, 0))
    or (e.kind = 'reopened' and e.previous_failure_code = 'CANCELLED')
  order by e.settlement_id, e.seq
`;

/** Settlements whose events are no legal path of the length that the row says. */
export const brokenPaths = sql.fragment`
  select p.settlement_id, p.problem
  from (${eventsOffPath}) p
  union all
  select s.id, format('its last event is %s, its row says %s', e.last_seq, s.event_seq)
  from settlements s
  join (select n.settlement_id, max(n.seq) as last_seq from settlement_events n group by n.settlement_id) e
    on e.settlement_id = s.id
  where e.last_seq <> s.event_seq
`;

/** Settlements whose status or attempt is not that of the event that the row calls its last. */
export const rowsOffLastEvent = sql.fragment`
  select
    s.id as settlement_id, s.status, s.attempt, s.retry_count,
    e.seq, e.to_status as event_status, e.attempt as event_attempt
  from settlements s
  join settlement_events e on e.settlement_id = s.id and e.seq = s.event_seq
  where (s.status, s.attempt, s.retry_count) is distinct from (e.to_status, e.attempt, e.attempt - 1)
`;

/** Settlements whose parties and amounts are not those of their trade, or whose amount no rounding of price x quantity gives. */
const rowsOffTrade = sql.fragment`
  select s.id as settlement_id
  from settlements s
  join trades t on t.id = s.trade_id
  join instruments i on i.symbol = t.symbol
  where (s.symbol, s.base_asset, s.quote_asset, s.quantity, s.amount, s.buyer_commission, s.buyer_account_id, s.seller_account_id)
      is distinct from (t.symbol, i.base, i.quote, t.quantity, t.gross_amount, t.commission, t.account_id, t.counter_account_id)
    or s.seller_commission <> case
      when t.accepted_event ->> 'seller_commission' ~ '^[0-9]{1,20}([.][0-9]+)?$'
        then (t.accepted_event ->> 'seller_commission')::numeric
      else 0
    end
    or abs(t.gross_amount - t.price * t.quantity) * power(10::numeric, i.cash_scale) > 0.5
`;

/** Settlements that the checks of holds, swaps, refs, keys and the outbox leave to the checks of events and terms: nothing can be expected of them. */
export const brokenSettlements = sql.fragment`
  select b.settlement_id from (${brokenPaths}) b
  union all
  select r.settlement_id from (${rowsOffLastEvent}) r
  union all
  select t.settlement_id from (${rowsOffTrade}) t
`;
