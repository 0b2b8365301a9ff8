import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { idOfKey } from '../../domain/ids';
import { sql } from '../../postgres/sql';
import { type Check, type Fragment, toResult } from '../check';
import { wrongHolds } from '../faults/holds';
import { brokenSettlements } from '../faults/settlements';
import { oddFundings, settlementsOfWrongSwaps, systemKinds, unbalanced } from '../faults/transactions';

const keyedRow = z.object({
  id: z.string(),
  settlement_id: z.string().nullable(),
  idempotency_key: z.string(),
  /** The key that the row should have; where any will do, the one that it has. */
  lawful_key: z.string(),
  is_bound: z.boolean().nullable(),
});
type KeyedRow = z.output<typeof keyedRow>;

interface Source {
  readonly noun: string;
  /** The page of the table after an id, as it is read: `n`. */
  readonly pageOf: (last: string) => Fragment;
  /** From `n` to the columns of a KeyedRow. */
  readonly rowsOf: (page: Fragment) => Fragment;
}

const PAGE = 5_000;
const FIRST = '00000000-0000-0000-0000-000000000000';
const NAME = '6-keys-bind-their-payloads';
const CLAIM =
  'Every ledger transaction, hold and refused lock is under its own key, with the id that is made of the key and the hash of what it moved.';

/** Deposits and withdrawals move nothing yet. */
const SOURCES: readonly Source[] = [
  {
    noun: 'Transaction',
    pageOf: (last) => sql.fragment`
      select l.id, l.kind, l.settlement_id, l.idempotency_key, l.payload_hash
      from ledger_transactions l
      where l.id > ${last}::uuid and l.kind in ('opening', 'adjustment', 'dvp')
      order by l.id
      limit ${PAGE}
    `,
    rowsOf: (page) => sql.fragment`
      select
        n.id, n.settlement_id, n.idempotency_key,
        case n.kind
          when 'dvp' then format('settlement:%s:swap', n.settlement_id)
          when 'opening' then coalesce(format('opening:%s:%s', p.account_id, p.asset), n.idempotency_key)
          else n.idempotency_key
        end as lawful_key,
        n.payload_hash = payload_hash(case n.kind
          when 'dvp' then concat_ws('|', s.seller_account_id, s.buyer_account_id, s.base_asset, trim_scale(s.quantity),
            s.quote_asset, trim_scale(s.amount), trim_scale(s.buyer_commission), trim_scale(s.seller_commission))
          else concat_ws('|', n.kind, p.account_id, p.asset, trim_scale(p.amount))
        end) as is_bound
      from (${page}) n
      left join settlements s on s.id = n.settlement_id
      left join lateral (
        select k.account_id, k.asset, k.amount
        from postings k
        join accounts a on a.id = k.account_id
        where n.kind <> 'dvp' and k.transaction_id = n.id and a.kind not in ${systemKinds}
        order by k.id
        limit 1
      ) p on true
      where n.kind <> 'dvp' or s.id is not null
    `,
  },
  {
    noun: 'Hold',
    pageOf: (last) => sql.fragment`
      select h.id, h.settlement_id, h.idempotency_key, h.payload_hash, h.account_id, h.asset, h.amount
      from holds h
      where h.id > ${last}::uuid and h.settlement_id is not null
      order by h.id
      limit ${PAGE}
    `,
    // Its key is held against the lock that made it by 2-holds-follow-their-settlement.
    rowsOf: (page) => sql.fragment`
      select
        n.id, n.settlement_id, n.idempotency_key, n.idempotency_key as lawful_key,
        n.payload_hash = payload_hash(concat_ws('|', n.account_id, n.asset, trim_scale(n.amount))) as is_bound
      from (${page}) n
      join settlements s on s.id = n.settlement_id
    `,
  },
  {
    noun: 'Refused lock',
    pageOf: (last) => sql.fragment`
      select r.id, r.settlement_id, r.idempotency_key, r.payload_hash
      from hold_rejections r
      where r.id > ${last}::uuid
      order by r.id
      limit ${PAGE}
    `,
    rowsOf: (page) => sql.fragment`
      select
        n.id, n.settlement_id, n.idempotency_key,
        format('settlement:%s:%s:%s', n.settlement_id, coalesce(substring(n.idempotency_key from ':([1-9][0-9]*):[a-z]+$'), '?'),
          coalesce(substring(n.idempotency_key from ':(securities|cash)$'), '?')) as lawful_key,
        n.payload_hash = payload_hash(case when n.idempotency_key like '%:cash'
          then concat_ws('|', s.buyer_account_id, s.quote_asset, trim_scale(s.amount + s.buyer_commission))
          else concat_ws('|', s.seller_account_id, s.base_asset, trim_scale(s.quantity))
        end) as is_bound
      from (${page}) n
      join settlements s on s.id = n.settlement_id
    `,
  },
];

/** In pages and half outside of SQL: an id is the UUID v5 of its key, which only the domain makes. */
export const keysBindTheirPayloads: Check = {
  name: NAME,
  run: async (connection) => {
    const found: { readonly row: KeyedRow; readonly problem: string }[] = [];
    for (const source of SOURCES) {
      for await (const page of pagesOf(source, connection)) {
        for (const row of page) {
          const problem = problemOf(row);
          if (problem !== null) found.push({ row, problem: `${source.noun} ${row.id} ${problem}.` });
        }
      }
    }
    if (found.length === 0) return toResult(NAME, CLAIM, 0, []);
    const reported = await reportedAlready(connection);
    const own = found.filter(({ row }) => !reported.has(row.id) && !reported.has(row.settlement_id ?? ''));
    return toResult(
      NAME,
      CLAIM,
      own.length,
      own.map(({ problem }) => problem),
    );
  },
};

async function* pagesOf(source: Source, connection: CommonQueryMethods): AsyncGenerator<readonly KeyedRow[]> {
  const end = z.object({ rows: z.int(), last: z.string().nullable() });
  let last = FIRST;
  for (;;) {
    const page = source.pageOf(last);
    yield await connection.any(sql.type(keyedRow)`${source.rowsOf(page)}`);
    const { rows, last: next } = await connection.one(sql.type(end)`
      select count(*)::int as rows, (array_agg(n.id::text order by n.id desc))[1] as last from (${page}) n
    `);
    if (rows < PAGE || next === null) return;
    last = next;
  }
}

function problemOf(row: KeyedRow): string | null {
  if (row.idempotency_key !== row.lawful_key) return `is under the key ${row.idempotency_key}, not ${row.lawful_key}`;
  const id = idOfKey(row.lawful_key);
  if (row.id !== id) return `is under the key ${row.idempotency_key}, whose id is ${id}`;
  return row.is_bound === true ? null : `has a payload_hash that is not the hash of what it moved or was asked to hold`;
}

/** The settlements and transactions that another check reports, nearer to the cause. */
async function reportedAlready(connection: CommonQueryMethods): Promise<ReadonlySet<string>> {
  const ids = await connection.anyFirst(sql.type(z.object({ id: z.string() }))`
    select b.settlement_id::text as id from (${brokenSettlements}) b where b.settlement_id is not null
    union
    select w.settlement_id::text from (${settlementsOfWrongSwaps}) w where w.settlement_id is not null
    union
    select h.settlement_id::text from (${wrongHolds}) h where h.settlement_id is not null
    union
    select u.transaction_id::text from (${unbalanced}) u
    union
    select o.transaction_id::text from (${oddFundings}) o
  `);
  return new Set(ids);
}
