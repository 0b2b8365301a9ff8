import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { sql } from '../../src/postgres/sql';

/** What a run has left in the ledger, without times and ids: equal digests, equal outcome. One line a row, so that a difference can be read. */
export interface Digest {
  readonly balances: readonly string[];
  readonly postings: readonly string[];
  readonly events: readonly string[];
}

/**
 * The digest of everything between these accounts: each is called by its place in the list (system accounts by their number),
 * each trade by its place in the order of acceptance. Of a failure the code counts and not its sentence, which has the
 * numbers of the moment.
 */
export async function digestOf(db: CommonQueryMethods, accounts: readonly string[]): Promise<Digest> {
  const given = sql.array([...accounts], 'uuid');
  const names = sql.fragment`
    with named_accounts as (
      select a.id, coalesce('account ' || array_position(${given}, a.id), a.account_number) as name
      from accounts a where a.id = any (${given}) or a.kind <> 'customer'
    ), named_trades as (
      select s.id, 'trade ' || row_number() over (order by s.accept_seq) as name
      from settlements s where s.buyer_account_id = any (${given}) or s.seller_account_id = any (${given})
    )`;
  const lines = (query: ReturnType<typeof sql.fragment>): Promise<readonly string[]> =>
    db.anyFirst(sql.type(z.object({ line: z.string() }))`${names} ${query}`);
  return {
    balances: await lines(sql.fragment`
      select concat_ws(' ', a.name, b.asset, trim_scale(b.available), trim_scale(b.reserved)) as line
      from balances b join named_accounts a on a.id = b.account_id
      where b.account_id = any (${given}) order by 1`),
    postings: await lines(sql.fragment`
      select concat_ws(' ', coalesce(t.name, x.kind), a.name, p.asset, trim_scale(p.amount)) as line
      from ledger_transactions x
      join postings p on p.transaction_id = x.id
      join named_accounts a on a.id = p.account_id
      left join named_trades t on t.id = x.settlement_id
      where exists (select from postings q where q.transaction_id = x.id and q.account_id = any (${given})) order by 1`),
    events: await lines(sql.fragment`
      select concat_ws(' ', t.name, lpad(e.seq::text, 3), e.kind, coalesce(e.from_status::text, '-'), e.to_status,
        'attempt ' || e.attempt, e.actor, e.failure_code) as line
      from settlement_events e join named_trades t on t.id = e.settlement_id order by 1`),
  };
}

/** How many swaps more than one a settlement has, summed; from the postings, not from a constraint. */
export async function doubleSwaps(db: CommonQueryMethods): Promise<number> {
  return db.oneFirst(sql.type(z.object({ double: z.int() }))`
    select (count(*) - count(distinct x.settlement_id))::int as double from ledger_transactions x where x.kind = 'dvp'`);
}
