import { createHash } from 'node:crypto';
import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { settlementId, tradeRowId } from '../../domain/ids';
import { decimalOf, decimalText, grossAmount, sumAmounts } from '../../domain/money';
import { canonicalTerms, type CanonicalTerms, termsText } from '../../domain/terms';
import { sql } from '../../postgres/sql';
import { parseTradeEvent } from '../../protocol/wire/trade-event';
import { type Check, sqlCheck, toResult } from '../check';
import { brokenPaths, brokenSettlements } from '../faults/settlements';

export const whatWasAcceptedExists = sqlCheck({
  name: '6-what-was-accepted-exists',
  claim: 'Every trade has its two orders and its settlement, and every settlement its trade and its first event.',
  findings: sql.fragment`
    select null::uuid as twin_of, format('Trade %s (%s) has no settlement.', t.matching_engine_trade_id, t.id) as problem
    from trades t
    left join settlements s on s.trade_id = t.id
    where s.id is null
    union all
    select null, format('Trade %s (%s) has no order %s.', t.matching_engine_trade_id, t.id, k.order_id)
    from trades t
    cross join lateral (values (t.order_id), (t.counter_order_id)) as k (order_id)
    left join orders o on o.id = k.order_id
    where o.id is null
    union all
    select null, format('Settlement %s has no trade %s.', s.id, s.trade_id)
    from settlements s
    left join trades t on t.id = s.trade_id
    where t.id is null
    union all
    select s.trade_id, format('Settlement %s has no event.', s.id)
    from settlements s
    left join (select distinct n.settlement_id from settlement_events n) e on e.settlement_id = s.id
    where e.settlement_id is null
  `,
  unless: [sql.fragment`f.twin_of in (select s.trade_id from settlements s group by s.trade_id having count(*) > 1)`],
});

export const outboxTellsWhatHappened = sqlCheck({
  name: '6-outbox-tells-what-happened',
  claim:
    'The outbox tells once, and only, of each acceptance, parking, resumption, reopening and end, and tells it as it was.',
  findings: sql.fragment`
    select
      d.settlement_id, false as is_retold,
      format('Settlement %s, event %s: the outbox tells it %s as %s.', d.settlement_id, d.seq,
        case when sum(d.sign) > 0 then 'once too often' else 'not' end, d.type) as problem
    from (
      select o.settlement_id, o.event_seq as seq, o.type, 1 as sign
      from outbox o
      union all
      select n.settlement_id, n.seq, n.type, -1
      from (
        select
          e.settlement_id, e.seq,
          case
            when e.kind = 'step' and e.from_status is null then 'accepted'
            when e.kind = 'step' and e.to_status = 'settled' then 'settled'
            when e.kind = 'step' and e.to_status = 'initiated' and p.settlement_id is not null then 'resumed'
            when e.kind = 'closed' then 'failed'
            when e.kind in ('parked', 'reopened') then e.kind
          end as type
        from settlement_events e
        left join (
          select distinct k.settlement_id, k.attempt
          from settlement_events k
          where k.kind = 'parked'
        ) p on p.settlement_id = e.settlement_id and p.attempt = e.attempt - 1
      ) n
      where n.type is not null
    ) d
    group by d.settlement_id, d.seq, d.type
    having sum(d.sign) <> 0
    union all
    select o.settlement_id, false, format('Settlement %s, event %s: the outbox tells of settlement %s.', o.settlement_id, o.event_seq,
      coalesce(o.payload ->> 'id', 'nothing'))
    from outbox o
    where o.payload ->> 'id' is distinct from o.settlement_id::text
    union all
    -- The payload is the row after the statement that recorded the event, which may have recorded later ones as well.
    select o.settlement_id, true, format('Settlement %s, event %s: the outbox tells %s as %s.', o.settlement_id, o.event_seq, k.name,
      coalesce(k.told, 'nothing'))
    from outbox o
    join settlements s on s.id = o.settlement_id
    join trades t on t.id = s.trade_id
    join settlement_events n on n.settlement_id = o.settlement_id and n.seq = o.event_seq
    left join settlement_events e on e.settlement_id = o.settlement_id and e.seq >= o.event_seq
      and e.seq::text = o.payload ->> 'event_seq' and e.recorded_at = n.recorded_at
    cross join lateral (
      values
        ('event_seq', o.payload ->> 'event_seq', e.seq::text),
        ('status', o.payload ->> 'status', e.to_status::text),
        ('attempt', o.payload ->> 'attempt', e.attempt::text),
        ('trade_id', o.payload ->> 'trade_id', t.matching_engine_trade_id),
        ('symbol', o.payload ->> 'symbol', s.symbol),
        ('base_asset', o.payload ->> 'base_asset', s.base_asset),
        ('quote_asset', o.payload ->> 'quote_asset', s.quote_asset),
        ('price', o.payload ->> 'price', trim_scale(t.price)::text),
        ('quantity', o.payload ->> 'quantity', trim_scale(s.quantity)::text),
        ('amount', o.payload ->> 'amount', trim_scale(s.amount)::text),
        ('buyer_commission', o.payload ->> 'buyer_commission', trim_scale(s.buyer_commission)::text),
        ('seller_commission', o.payload ->> 'seller_commission', trim_scale(s.seller_commission)::text),
        ('buyer_account_id', o.payload ->> 'buyer_account_id', s.buyer_account_id::text),
        ('seller_account_id', o.payload ->> 'seller_account_id', s.seller_account_id::text)
    ) as k (name, told, happened)
    where (k.told is distinct from k.happened or k.told is null)
      -- The same in one comparison, for speed: only what differs is taken apart.
      and not o.payload @> jsonb_build_object(
        'event_seq', e.seq, 'status', e.to_status, 'attempt', e.attempt, 'trade_id', t.matching_engine_trade_id,
        'symbol', s.symbol, 'base_asset', s.base_asset, 'quote_asset', s.quote_asset,
        'price', trim_scale(t.price)::text, 'quantity', trim_scale(s.quantity)::text, 'amount', trim_scale(s.amount)::text,
        'buyer_commission', trim_scale(s.buyer_commission)::text, 'seller_commission', trim_scale(s.seller_commission)::text,
        'buyer_account_id', s.buyer_account_id, 'seller_account_id', s.seller_account_id
      )
  `,
  unless: [
    sql.fragment`f.is_retold and f.settlement_id in (select b.settlement_id from (${brokenSettlements}) b)`,
    sql.fragment`f.settlement_id in (select b.settlement_id from (${brokenPaths}) b)`,
    sql.fragment`f.settlement_id not in (select n.settlement_id from settlement_events n)`,
  ],
});

const text = z.string();
const acceptedRow = z.object({
  id: text,
  matching_engine_trade_id: text,
  terms_hash: text,
  accepted_event: z.unknown(),
  cash_scale: z.int(),
  /** What has more decimals than its instrument allows. */
  too_fine: text.nullable(),
  trade: z.record(text, text.nullable()),
  settlement: z.record(text, text.nullable()).nullable(),
});
type AcceptedRow = z.output<typeof acceptedRow>;

const PAGE = 5_000;
const NAME = '6-terms-are-as-accepted';
const CLAIM =
  "Every trade's terms_hash is the hash of its accepted event, and its columns and its settlement's are the terms of that event, the amount computed again.";

/** The one check outside of SQL: canonical terms, their rounding and the deterministic ids have one home, the domain. */
export const termsAreAsAccepted: Check = {
  name: NAME,
  run: async (connection) => {
    const problems: string[] = [];
    let count = 0;
    for await (const row of acceptedTrades(connection)) {
      const problem = problemOf(row);
      if (problem === null) continue;
      count += 1;
      if (problems.length < 3) problems.push(`Trade ${row.matching_engine_trade_id} (${row.id}): ${problem}.`);
    }
    return toResult(NAME, CLAIM, count, problems);
  },
};

async function* acceptedTrades(connection: CommonQueryMethods): AsyncGenerator<AcceptedRow> {
  let last = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await connection.any(sql.type(acceptedRow)`
      select
        t.id, t.matching_engine_trade_id, t.terms_hash, t.accepted_event, i.cash_scale,
        case
          when scale(trim_scale(t.price)) > i.price_scale then 'price'
          when scale(trim_scale(t.quantity)) > i.quantity_scale then 'quantity'
          when scale(trim_scale(t.gross_amount)) > i.cash_scale then 'amount'
        end as too_fine,
        jsonb_build_object(
          'trading_pair', t.symbol, 'buy_order_id', t.order_id, 'sell_order_id', t.counter_order_id,
          'buyer_account_id', t.account_id, 'seller_account_id', t.counter_account_id,
          'price', trim_scale(t.price)::text, 'quantity', trim_scale(t.quantity)::text,
          'buyer_commission', trim_scale(t.commission)::text, 'amount', trim_scale(t.gross_amount)::text,
          'net_amount', trim_scale(t.net_amount)::text,
          'trade_timestamp', round(extract(epoch from t.executed_at) * 1000)::text
        ) as trade,
        -- Of several settlements of one trade none can be told to be the right one.
        case when s.id is not null and count(*) over (partition by t.id) = 1 then jsonb_build_object(
          'id', s.id, 'trading_pair', s.symbol, 'base', s.base_asset, 'quote', s.quote_asset,
          'buyer_account_id', s.buyer_account_id, 'seller_account_id', s.seller_account_id,
          'quantity', trim_scale(s.quantity)::text, 'buyer_commission', trim_scale(s.buyer_commission)::text,
          'seller_commission', trim_scale(s.seller_commission)::text, 'amount', trim_scale(s.amount)::text,
          'settlement_date', s.intended_settlement_date
        ) end as settlement
      from (
        select n.id
        from trades n
        where n.id > ${last}::uuid
        order by n.id
        limit ${PAGE}
      ) p
      join trades t on t.id = p.id
      join instruments i on i.symbol = t.symbol
      left join settlements s on s.trade_id = t.id
      order by t.id
    `);
    yield* rows;
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end.id;
  }
}

function problemOf(row: AcceptedRow): string | null {
  const parsed = parseTradeEvent(row.accepted_event);
  if (!parsed.ok) return `its accepted event is no trade event any more: ${parsed.refusal.reason}`;
  const hash = createHash('sha256').update(termsText(parsed.event)).digest('hex');
  if (hash !== row.terms_hash) return `its accepted event has the hash ${hash}, terms_hash is ${row.terms_hash}`;
  const terms = termsInColumns(canonicalTerms(parsed.event), row.cash_scale);
  const ownIds = { ...terms, id: settlementId(terms.trade_id) };
  if (row.matching_engine_trade_id !== terms.trade_id) return `its accepted event is of trade ${terms.trade_id}`;
  if (row.id !== tradeRowId(terms.trade_id)) return `its id is not that of its trade_id`;
  const difference =
    differenceOf('trade', row.trade, terms) ?? differenceOf('settlement', row.settlement ?? {}, ownIds);
  if (difference !== null) return difference;
  return row.too_fine === null ? null : `its ${row.too_fine} has more decimals than its instrument allows`;
}

type Columns = Record<string, string | undefined> & { readonly trade_id: string };

function termsInColumns(terms: CanonicalTerms, cashScale: number): Columns {
  const amount = decimalText(grossAmount(decimalOf(terms.price), decimalOf(terms.quantity), cashScale));
  const [base, quote] = terms.trading_pair.split('-');
  return {
    ...terms,
    base,
    quote,
    amount,
    net_amount: sumAmounts([amount, terms.buyer_commission]),
    trade_timestamp: String(terms.trade_timestamp),
    settlement_required: undefined,
    allow_partial: undefined,
  };
}

function differenceOf(table: string, columns: AcceptedRow['trade'], terms: Columns): string | null {
  for (const [name, value] of Object.entries(columns)) {
    const expected = terms[name];
    if (expected !== undefined && value !== expected) {
      return `the ${table} has ${name} ${value ?? 'null'}, the accepted event says ${expected}`;
    }
  }
  return null;
}
