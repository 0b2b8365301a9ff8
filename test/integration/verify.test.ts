import type { DatabasePool, DatabaseTransactionConnection } from 'slonik';
import { z } from 'zod/v4';
import { createPool } from '../../src/postgres/pool';
import { sql } from '../../src/postgres/sql';
import { GUARDS } from '../../src/verify/checks/05-guards';
import { CHECKS, runVerify, verifyOn, type VerifyReport } from '../../src/verify/run-verify';
import { type Books, keepBooks } from '../support/books';
import { DAMAGES } from '../support/damages';
import { dropConstraint, legalise, setRow, type Statement } from '../support/damages/damage';
import { testDatabase } from '../support/database';
import { expectCoherent } from '../support/expect-coherent';
import { LedgerWorld } from '../support/ledger-world';

describe('verify', () => {
  const database = testDatabase();
  let superuser: DatabasePool;
  let books: Books;

  beforeAll(async () => {
    books = await keepBooks(new LedgerWorld(database));
    superuser = await createPool({
      databaseUrl: database.superuserUrl,
      applicationName: 'verify test',
      maximumPoolSize: 1,
      statementTimeoutMs: 30_000,
      queryTimeoutMs: 30_000,
    });
  });
  afterAll(() => superuser.end());

  /** What verify says of the database with this damage, in a transaction that is then rolled back. */
  async function verifyDamaged(damage: readonly Statement[]): Promise<VerifyReport> {
    const rolledBack = new Error('rolled back on purpose');
    let report: VerifyReport | undefined;
    const work = async (transaction: DatabaseTransactionConnection): Promise<never> => {
      await transaction.query(sql.void`set local session_replication_role = replica`);
      for (const statement of damage) await transaction.query(statement);
      report = await verifyOn(transaction);
      throw rolledBack;
    };
    await superuser.transaction(work).catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
    if (report === undefined) throw new Error('verify gave no report');
    return report;
  }

  it('is green on books with a settlement of every fate, as the application, without writing', async () => {
    const report = await runVerify(database.pool);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.checks.map((check) => check.name)).toEqual(CHECKS.map((check) => check.name));
  });

  it.each(DAMAGES)('$what: $red goes red, and nothing else', async ({ red, by }) => {
    const report = await verifyDamaged(by(books));
    const reds = report.checks.filter((check) => !check.ok);
    expect(reds.map((check) => check.name)).toEqual([red]);
    expect(report.ok).toBe(false);
    expect(reds[0]?.detail).toMatch(/^[1-9]\d* found\. .{20,}\.$/s);
  });

  it('takes no illegal step for legal because of a row in the table of legal changes', async () => {
    const { settled } = books;
    const report = await verifyDamaged([
      legalise('settled', 'failed'),
      sql.void`insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor)
        select id, event_seq + 1, 'step', 'settled', 'failed', attempt, 'test' from settlements where id = ${settled.id}`,
      dropConstraint('settlements', 'settlements_failed_says_why'),
      setRow(settled.id, sql.fragment`event_seq = event_seq + 1, status = 'failed'`),
    ]);
    const reds = report.checks.filter((check) => !check.ok).map((check) => check.name);
    expect(reds).toEqual(['5-events-are-a-legal-path', '5-guards-stand']);
  });

  it('knows every trigger of the migrations as a guard', async () => {
    const rows = await superuser.any(sql.type(z.object({ table: z.string(), trigger: z.string() }))`
      select c.relname as table, t.tgname as trigger
      from pg_trigger t
      join pg_class c on c.oid = t.tgrelid
      where not t.tgisinternal and c.relnamespace = 'public'::regnamespace
    `);
    const names = rows.map(({ table, trigger }) => `${table} ${trigger}`);
    expect(names.sort()).toEqual(GUARDS.map(({ table, trigger }) => `${table} ${trigger}`).sort());
  });

  it('has a damage for every check', () => {
    expect(new Set(DAMAGES.map((damage) => damage.red))).toEqual(new Set(CHECKS.map((check) => check.name)));
  });

  it('names the first three, and says how many more', async () => {
    const report = await verifyDamaged([sql.void`update balances set available = available + 1`]);
    const red = report.checks.find((check) => check.name === '1-balances-equal-postings');
    expect(red?.detail).toMatch(
      /^6 found\. (Account ACC-\d{5} \([0-9a-f-]{36}\) has \S+ \w+; its postings sum to \S+\. ){3}And 3 more\.$/,
    );
  });

  it('leaves the database as it was', () => expectCoherent(database.pool));
});
