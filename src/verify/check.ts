import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { sql } from '../postgres/sql';

/** Part of a query, as `sql.fragment` makes it. */
export type Fragment = ReturnType<typeof sql.fragment>;

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** What holds; or how many rows break it, and the first of them. */
  readonly detail: string;
}

export interface Check {
  /** The number of the invariant in docs/INVARIANTS.md, then the check's own words. */
  readonly name: string;
  readonly run: (connection: CommonQueryMethods) => Promise<CheckResult>;
}

interface SqlCheck {
  readonly name: string;
  /** What holds, as a sentence. */
  readonly claim: string;
  /** A query for what breaks the claim: a sentence each, named `problem`, and the ids that `unless` asks for. */
  readonly findings: Fragment;
  /**
   * Conditions on a finding `f` that another check reports already, nearer to the cause: a balance is not held against
   * a swap whose postings are wrong. Each is evaluated only when something was found.
   */
  readonly unless?: readonly Fragment[];
}

const SHOWN = 3;

const findingsRow = z.object({ count: z.int(), first: z.array(z.string()).nullable() });

/** A check that is one query. */
export function sqlCheck({ name, claim, findings, unless = [] }: SqlCheck): Check {
  const conditions = [sql.fragment`true`, ...unless.map((condition) => sql.fragment`(${condition}) is not true`)];
  const query = sql.type(findingsRow)`
    with found as materialized (${findings})
    select count(*)::int as count, (array_agg(f.problem order by f.problem))[1:${SHOWN}] as first
    from found f
    where ${sql.join(conditions, sql.fragment` and `)}
  `;
  return {
    name,
    run: async (connection) => {
      const { count, first } = await connection.one(query);
      return toResult(name, claim, count, first ?? []);
    },
  };
}

/** The answer of a check that found `count` problems, of which the first are told. */
export function toResult(name: string, claim: string, count: number, problems: readonly string[]): CheckResult {
  if (count === 0) return { name, ok: true, detail: claim };
  const shown = problems.slice(0, SHOWN);
  const more = count > shown.length ? ` And ${count - shown.length} more.` : '';
  return { name, ok: false, detail: `${count} found. ${shown.join(' ')}${more}` };
}
