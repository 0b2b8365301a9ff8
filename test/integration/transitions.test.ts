import type { Client } from 'pg';
import {
  EVENT_KINDS,
  phaseOf,
  SETTLEMENT_STATUSES,
  TRANSITIONS,
  type Settlement,
  type SettlementStatus,
} from '../../src/domain/settlement';
import { testDatabase } from '../support/database';
import { LedgerWorld } from '../support/ledger-world';

const world = new LedgerWorld(testDatabase());
let settlement: Settlement;
let settled: Settlement;

beforeAll(async () => {
  await world.setUp();
  const seller = await world.account({ BTC: '10' });
  const buyer = await world.account({ USDT: '1000' });
  const terms = { buyer, seller, quantity: '1', price: '100' };
  settled = await world.settlementIn('settled', terms);
  settlement = await world.settlementIn('buyer_cash_locked', terms);
});
afterEach(() => world.expectCoherent());

/** The SQLSTATE that a statement is refused with, or 'accepted'; nothing of it stays. */
async function attempt(client: Client, statement: string, values: unknown[] = []): Promise<string> {
  await client.query('savepoint attempt');
  const result = await client.query(statement, values).then(
    () => 'accepted',
    (error: unknown) => (error as { code: string }).code,
  );
  await client.query('rollback to savepoint attempt');
  return result;
}

/** Works in a transaction that is rolled back, as the superuser; `as` changes the role. */
function rolledBack<T>(work: (client: Client, as: (role: string) => Promise<unknown>) => Promise<T>): Promise<T> {
  return world.database.asSuperuser(async (client) => {
    await client.query('begin');
    try {
      return await work(client, (role) => client.query(`set local role ${role}`));
    } finally {
      await client.query('rollback');
    }
  });
}

const INSERT = `insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, reason,
    failure_code, next_attempt_at, deadline_at, lane, settlement_date)
  values ($1, $2, $3, $4, $5, $6, 'engine', 'r', $7, null, $8, $9, $10)`;

function event(over: Partial<Record<'kind' | 'from' | 'to', string | null>> & { seq?: number; attempt?: number }) {
  const { kind = 'step', from = 'buyer_cash_locked', to = 'executing', seq = settlement.event_seq + 1 } = over;
  return [
    settlement.id,
    seq,
    kind,
    from,
    to,
    over.attempt ?? 1,
    to === 'failed' && kind === 'step' ? 'INSUFFICIENT_CASH' : null,
    kind === 'reopened' ? '2099-01-01' : null,
    kind === 'lane' ? 'single' : null,
    kind === 'rolled' ? '2099-01-01' : null,
  ];
}

/** Puts the row into a state past every rule, for the rest of the transaction. */
async function putInto(client: Client, status: SettlementStatus, closed = false): Promise<void> {
  const isFailed = status === 'failed';
  await client.query(`set local session_replication_role = replica`);
  await client.query(
    `update settlements set status = $2::settlement_status, failed_at = $3::timestamptz, failure_code = $4, failure_reason = $4,
       settled_at = case when $2 = 'settled'::settlement_status then now() end, closed_at = case when $5::boolean then now() end where id = $1`,
    [settlement.id, status, isFailed ? new Date() : null, isFailed ? 'INSUFFICIENT_CASH' : null, closed],
  );
  await client.query(`set local session_replication_role = origin`);
}

describe('the events trigger', () => {
  it('is there and enabled, and so are the others that guard the ledger', async () => {
    const { rows } = await world.database.asSuperuser((client) =>
      client.query<{ name: string; enabled: string }>(
        `select tgrelid::regclass || '.' || tgname as name, tgenabled as enabled from pg_trigger where not tgisinternal order by 1`,
      ),
    );
    expect(rows.map((row) => `${row.name} ${row.enabled}`)).toEqual([
      'balances.check_balances_of_customers O',
      'balances.copy_primary_cash O',
      'balances.copy_primary_cash_of_new O',
      'hold_rejections.refuse_rewriting O',
      'holds.guard_holds O',
      'holds.refuse_removing_holds O',
      'ledger_transactions.refuse_rewriting O',
      'postings.check_postings_sum O',
      'postings.refuse_rewriting O',
      'settlement_events.apply_settlement_events O',
      'settlement_events.refuse_rewriting O',
      'settlement_transitions.refuse_rewriting O',
      'settlements.guard_settlement_state O',
    ]);
  });

  it('checks against the same table as the domain', async () => {
    const { rows } = await world.database.asSuperuser((client) =>
      client.query<{ kind: string; from: string | null; to: string }>(
        'select kind, from_status as from, to_status as to from settlement_transitions',
      ),
    );
    const text = (t: { kind: string; from: string | null; to: string }) => `${t.kind} ${t.from} > ${t.to}`;
    expect(rows.map(text).sort()).toEqual(TRANSITIONS.map(text).sort());
  });

  it.each([null, ...SETTLEMENT_STATUSES])('from %s the application may take exactly the legal steps', async (from) => {
    const results = await rolledBack(async (client, as) => {
      if (from === null) {
        await client.query(`set local session_replication_role = replica`);
        await client.query('update settlements set event_seq = 0 where id = $1', [settlement.id]);
        await client.query('delete from settlement_events where settlement_id = $1', [settlement.id]);
        await client.query(`set local session_replication_role = origin`);
      }
      const taken: string[] = [];
      for (const kind of EVENT_KINDS) {
        for (const to of SETTLEMENT_STATUSES) {
          await as('none');
          // settled is closed, and only a closed failed one can be reopened.
          if (from !== null)
            await putInto(client, from, from === 'settled' || (from === 'failed' && kind === 'reopened'));
          await as('cantondex_user');
          const seq = from === null ? 1 : settlement.event_seq + 1;
          const next = kind === 'step' && from === 'failed' && to === 'initiated' ? 2 : 1;
          const result = await attempt(client, INSERT, event({ kind, from, to, seq, attempt: next }));
          // A mark with two statuses is refused by the table itself, before the trigger.
          const isTwoStatuses = kind !== 'step' && from !== null && from !== to;
          if (result !== 'accepted')
            expect(`${kind} ${to} ${result}`).toBe(`${kind} ${to} ${isTwoStatuses ? '23514' : 'CD001'}`);
          else taken.push(`${kind} ${to}`);
        }
      }
      return taken;
    });
    expect(results).toEqual(
      EVENT_KINDS.flatMap((kind) =>
        SETTLEMENT_STATUSES.filter((to) =>
          TRANSITIONS.some((t) => t.kind === kind && t.from === from && t.to === to),
        ).map((to) => `${kind} ${to}`),
      ),
    );
  });

  it('refuses a start that is not where the row is, whatever the table says', async () => {
    await rolledBack(async (client, as) => {
      await as('cantondex_user');
      for (const { kind, from, to } of TRANSITIONS) {
        if (from === 'buyer_cash_locked') continue;
        expect(await attempt(client, INSERT, event({ kind, from, to }))).toBe('CD001');
      }
    });
  });

  it.each([
    ['a gap in seq', 2, 1],
    ['a repeated seq', 0, 1],
    ['an older seq', -1, 1],
    ['a later attempt', 1, 2],
    ['attempt 0', 1, 0],
  ])('refuses %s', async (_name, offset, wrongAttempt) => {
    await rolledBack(async (client, as) => {
      await as('cantondex_user');
      const seq = settlement.event_seq + offset;
      const result = await attempt(client, INSERT, event({ seq, attempt: wrongAttempt }));
      // A repeated seq is stopped by the unique key where it is checked first.
      expect(['CD001', '23505']).toContain(result);
      expect(await attempt(client, INSERT, event({}))).toBe('accepted');
    });
  });

  it('a retry raises the attempt by one, no more and no less', async () => {
    await rolledBack(async (client, as) => {
      await putInto(client, 'failed');
      await as('cantondex_user');
      const retry = (wanted: number) =>
        attempt(client, INSERT, event({ from: 'failed', to: 'initiated', attempt: wanted }));
      expect(await Promise.all([retry(1)])).toEqual(['CD001']);
      expect(await retry(3)).toBe('CD001');
      expect(await retry(2)).toBe('accepted');
    });
  });

  it('a closed settlement takes no event but "reopened"', async () => {
    await rolledBack(async (client, as) => {
      await putInto(client, 'failed', true);
      await as('cantondex_user');
      for (const { kind, to } of TRANSITIONS.filter((t) => t.from === 'failed')) {
        const result = await attempt(
          client,
          INSERT,
          event({ kind, from: 'failed', to, attempt: kind === 'step' ? 2 : 1 }),
        );
        expect(`${kind}: ${result}`).toBe(`${kind}: ${kind === 'reopened' ? 'accepted' : 'CD001'}`);
      }
    });
  });

  it('an open one is not reopened, nor is a cancelled one', async () => {
    await rolledBack(async (client, as) => {
      await putInto(client, 'failed');
      await as('cantondex_user');
      expect(await attempt(client, INSERT, event({ kind: 'reopened', from: 'failed', to: 'failed' }))).toBe('CD001');
      await as('none');
      await putInto(client, 'failed', true);
      await client.query(`set local session_replication_role = replica`);
      await client.query(`update settlements set failure_code = 'CANCELLED' where id = $1`, [settlement.id]);
      await client.query(`set local session_replication_role = origin`);
      await as('cantondex_user');
      expect(await attempt(client, INSERT, event({ kind: 'reopened', from: 'failed', to: 'failed' }))).toBe('CD001');
    });
  });

  it('several events in one statement are checked one after the other', async () => {
    const many = (rows: string) =>
      `insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, failure_code, reason)
       select '${settlement.id}', ${settlement.event_seq} + v.n, v.kind, v.from_status::settlement_status,
         v.to_status::settlement_status, v.attempt, 'engine', 'INSUFFICIENT_CASH', 'r'
       from (values ${rows}) as v (n, kind, from_status, to_status, attempt)`;
    await rolledBack(async (client, as) => {
      await as('cantondex_user');
      const step = (n: number, from: string, to: string, kind = 'step', a = 1) =>
        `(${n}, '${kind}', '${from}', '${to}', ${a})`;
      const legal = [step(1, 'buyer_cash_locked', 'executing'), step(2, 'executing', 'confirmed')];
      expect(await attempt(client, many(legal.join()))).toBe('accepted');
      const jump = [step(1, 'buyer_cash_locked', 'executing'), step(2, 'buyer_cash_locked', 'failed')];
      expect(await attempt(client, many(jump.join()))).toBe('CD001');
      const failed = [step(1, 'buyer_cash_locked', 'failed'), step(2, 'failed', 'failed', 'closed')];
      expect(await attempt(client, many(failed.join()))).toBe('accepted');
      const afterClose = [...failed, step(3, 'failed', 'failed', 'parked')];
      expect(await attempt(client, many(afterClose.join()))).toBe('CD001');
      const twoAttempts = [step(1, 'buyer_cash_locked', 'failed'), step(2, 'failed', 'initiated', 'step', 2)];
      expect(await attempt(client, many(twoAttempts.join()))).toBe('CD001');
    });
  });
});

describe('the settlement row', () => {
  const WRITTEN_DIRECTLY = ['waiting_since', 'updated_at', 'created_at'];

  it('is changed by nobody directly, column by column', async () => {
    await rolledBack(async (client, as) => {
      const { rows } = await client.query<{ name: string }>(
        `select column_name as name from information_schema.columns where table_schema = 'public' and table_name = 'settlements'`,
      );
      const columns = rows.map((row) => row.name).filter((name) => !WRITTEN_DIRECTLY.includes(name));
      expect(columns.length).toBeGreaterThan(30);
      for (const column of columns) {
        for (const [role, sqlstate] of [
          ['cantondex_user', '42501'],
          ['cantondex_owner', 'CD002'],
        ] as const) {
          await as(role);
          const result = await attempt(client, `update settlements set ${column} = ${column} where id = $1`, [
            settlement.id,
          ]);
          expect(`${column} by ${role}: ${result}`).toBe(`${column} by ${role}: ${sqlstate}`);
        }
      }
      await as('cantondex_user');
      expect(await attempt(client, 'update settlements set waiting_since = now(), updated_at = now()')).toBe(
        'accepted',
      );
    });
  });

  it('cannot be born beyond pending, nor without a trade', async () => {
    await rolledBack(async (client, as) => {
      await as('cantondex_user');
      expect(
        await attempt(
          client,
          `insert into settlements (id, trade_id, status) values (gen_random_uuid(), gen_random_uuid(), 'settled')`,
        ),
      ).toBe('42501');
      expect(await attempt(client, 'delete from settlements')).toBe('42501');
      expect(await attempt(client, 'truncate settlements')).toBe('42501');
    });
  });

  it('has the phase that the domain says, for every combination', async () => {
    const flags = ['closed_at', 'paused', 'parked_since', 'next_attempt_at', 'waiting_since'] as const;
    await rolledBack(async (client) => {
      await client.query(`set local session_replication_role = replica`);
      await client.query(
        `update settlements set status = 'failed', failed_at = now(), failure_code = 'X', failure_reason = 'r' where id = $1`,
        [settlement.id],
      );
      for (let bits = 0; bits < 32; bits += 1) {
        const is = (n: number) => (bits & (1 << n)) !== 0;
        const set = flags.map((flag, n) => `${flag} = ${flag === 'paused' ? is(n) : is(n) ? 'now()' : 'null'}`).join();
        await client.query(`update settlements set ${set} where id = $1`, [settlement.id]);
        const { rows } = await client.query<{ phase: string; final: boolean }>(
          'select phase, final from settlement_rows where id = $1',
          [settlement.id],
        );
        const time = (n: number) => (is(n) ? 'then' : null);
        const row = {
          closed_at: time(0),
          paused: is(1),
          parked_since: time(2),
          next_attempt_at: time(3),
          waiting_since: time(4),
        };
        expect(rows[0]).toEqual({ phase: phaseOf(row), final: is(0) });
      }
    });
  });
});

describe('history', () => {
  const APPEND_ONLY = [
    'settlement_events',
    'ledger_transactions',
    'postings',
    'hold_rejections',
    'settlement_transitions',
  ];

  it.each(APPEND_ONLY)(
    '%s is only added to: the application lacks the privilege, the owner meets the trigger',
    async (table) => {
      await rolledBack(async (client, as) => {
        const { rows } = await client.query<{ name: string }>(
          `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 limit 1`,
          [table],
        );
        const column = rows[0]?.name ?? '';
        for (const [role, sqlstate] of [
          ['cantondex_user', '42501'],
          ['cantondex_owner', 'CD002'],
        ] as const) {
          await as(role);
          expect(await attempt(client, `delete from ${table}`)).toBe(sqlstate);
          expect(await attempt(client, `truncate ${table} cascade`)).toBe(sqlstate);
          expect(
            await attempt(client, `update ${table} set ${column} = ${column === 'id' ? 'default' : column}`),
          ).not.toBe('accepted');
          expect(await attempt(client, `delete from ${table} where false`)).toBe(sqlstate);
        }
      });
    },
  );

  it('a hold ends once, and changes in nothing else', async () => {
    await rolledBack(async (client, as) => {
      await as('cantondex_user');
      const change = (set: string, id = settlement.buyer_cash_ledger_ref) =>
        attempt(client, `update holds set ${set} where id = $1`, [id]);
      expect(await change(`status = 'released', ended_at = now()`)).toBe('accepted');
      expect(await change(`status = 'consumed', ended_at = now()`)).toBe('accepted');
      expect(await change(`status = 'active'`)).toBe('CD002');
      expect(await change(`status = 'released'`)).toBe('23514');
      expect(await change(`amount = amount + 1`)).toBe('42501');
      expect(await change(`status = 'released', ended_at = now()`, settled.buyer_cash_ledger_ref)).toBe('CD002');
      expect(await change(`status = 'active', ended_at = null`, settled.buyer_cash_ledger_ref)).toBe('CD002');
      expect(await attempt(client, 'delete from holds')).toBe('42501');
      await as('cantondex_owner');
      expect(await change(`amount = amount + 1, status = 'released', ended_at = now()`)).toBe('CD002');
      expect(
        await change(`account_id = '${settlement.seller_account_id}', status = 'released', ended_at = now()`),
      ).toBe('CD002');
      expect(await attempt(client, 'delete from holds')).toBe('CD002');
      expect(await attempt(client, 'truncate holds')).toBe('CD002');
    });
  });

  it('postings that do not sum to zero, per asset, are refused', async () => {
    await rolledBack(async (client, as) => {
      await as('cantondex_user');
      await client.query(
        `insert into ledger_transactions (id, kind, idempotency_key, payload_hash, actor)
         values ('00000000-0000-4000-8000-0000000000aa', 'adjustment', 'k', 'h', 'ops')`,
      );
      const post = (...rows: [string, string][]) =>
        attempt(
          client,
          `insert into postings (transaction_id, account_id, asset, amount)
           select '00000000-0000-4000-8000-0000000000aa', '${settlement.buyer_account_id}', v.asset, v.amount
           from (values ${rows.map(([asset, amount]) => `('${asset}', ${amount})`).join()}) as v (asset, amount)`,
        );
      expect(await post(['BTC', '1'], ['BTC', '-1'])).toBe('accepted');
      expect(await post(['BTC', '1'])).toBe('CD002');
      expect(await post(['BTC', '1'], ['USDT', '-1'])).toBe('CD002');
      expect(await post(['BTC', '1'], ['BTC', '-0.999999999999999999'])).toBe('CD002');
      expect(await post(['BTC', `'NaN'::numeric`])).toBe('23514');
    });
  });

  it('a system account has no balances row', async () => {
    await rolledBack(async (client, as) => {
      await as('cantondex_user');
      const insert = `insert into balances (account_id, asset) select id, 'BTC' from accounts where kind = $1`;
      for (const kind of ['fees', 'custody', 'receivables'])
        expect(await attempt(client, insert, [kind])).toBe('CD002');
    });
  });

  it('one settlement has one swap, whatever its key says', async () => {
    await rolledBack(async (client, as) => {
      await as('cantondex_user');
      const swap = `insert into ledger_transactions (id, kind, settlement_id, idempotency_key, payload_hash, actor)
        values (gen_random_uuid(), 'dvp', $1, 'another key', 'h', 'engine')`;
      expect(await attempt(client, swap, [settled.id])).toBe('23505');
    });
  });
});
