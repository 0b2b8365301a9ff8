import { sql } from '../../postgres/sql';
import { sqlCheck } from '../check';
import { lawfulTransitions } from '../faults/settlements';

/** The bits of pg_trigger.tgtype. */
const FIRES = { row: 1, before: 2, insert: 4, delete: 8, update: 16, truncate: 32 } as const;
type Fires = keyof typeof FIRES;

interface Guard {
  readonly table: string;
  readonly trigger: string;
  readonly calls: string;
  readonly fires: readonly Fires[];
}

const guard = (table: string, trigger: string, fires: readonly Fires[], calls = trigger): Guard => ({
  table,
  trigger,
  calls,
  fires,
});
const appendOnly = (table: string): Guard =>
  guard(table, 'refuse_rewriting', ['before', 'update', 'delete', 'truncate']);

/** Every trigger that the invariants rest on: all of those in migrations/, which a test compares. */
export const GUARDS: readonly Guard[] = [
  guard('settlement_events', 'apply_settlement_events', ['insert']),
  guard('settlements', 'guard_settlement_state', ['before', 'row', 'update']),
  guard('holds', 'guard_holds', ['before', 'row', 'update']),
  guard('holds', 'refuse_removing_holds', ['before', 'delete', 'truncate'], 'guard_holds'),
  guard('postings', 'check_postings_sum', ['insert']),
  guard('balances', 'check_balances_of_customers', ['insert']),
  guard('balances', 'copy_primary_cash', ['update']),
  guard('balances', 'copy_primary_cash_of_new', ['insert'], 'copy_primary_cash'),
  appendOnly('settlement_events'),
  appendOnly('ledger_transactions'),
  appendOnly('postings'),
  appendOnly('hold_rejections'),
  appendOnly('settlement_transitions'),
];

const guards = sql.unnest(
  GUARDS.map(({ table, trigger, calls, fires }) => [
    table,
    trigger,
    calls,
    fires.reduce((sum, word) => sum + FIRES[word], 0),
  ]),
  ['text', 'text', 'text', 'int4'],
);

// A trigger is switched off for a session by session_replication_role, which leaves no trace: that is not seen here.
export const guardsStand = sqlCheck({
  name: '5-guards-stand',
  claim: 'Every guarding trigger is there and switched on, and the table of legal changes is the one of the domain.',
  findings: sql.fragment`
    select format('Trigger %s on %s %s.', g.trigger_name, g.table_name, case
      when t.tgname is null then 'is gone'
      when t.tgenabled not in ('O', 'A') then 'is switched off'
      else 'fires at other times, or calls another function' end) as problem
    from ${guards} as g (table_name, trigger_name, function_name, fires)
    left join pg_trigger t on t.tgrelid = to_regclass(g.table_name) and t.tgname = g.trigger_name
    left join pg_proc p on p.oid = t.tgfoid
    where t.tgname is null
      or t.tgenabled not in ('O', 'A')
      or t.tgtype <> g.fires
      or p.proname <> g.function_name
    union all
    select format('The table of legal changes %s %s.', case when d.is_lawful then 'lacks' else 'has' end, d.change)
    from (
      select coalesce(x.change, l.change) as change, l.change is not null as is_lawful, x.change is null as is_missing
      from (
        select concat_ws(' ', n.kind, coalesce(n.from_status::text, 'nothing'), n.to_status) as change
        from settlement_transitions n
      ) x
      full join (select unnest(${lawfulTransitions}) as change) l on l.change = x.change
    ) d
    where d.is_missing or not d.is_lawful
  `,
});
