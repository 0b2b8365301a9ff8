import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { migrateDown, migrateUp, migrationStatus } from '../../src/postgres/migrate';
import { projectRoot } from '../../src/postgres/project-root';
import { dumpSchema } from '../../src/postgres/schema-dump';
import { testDatabase } from '../support/database';

const committed = path.join(projectRoot(), 'migrations', 'schema.sql');

describe('a fresh migration', () => {
  const database = testDatabase({ migrated: false });

  it('as the application login, two at once: one does all of it, the other waits and finds it done', async () => {
    const both = await Promise.all([migrateUp(database.url), migrateUp(database.url)]);
    expect(both.map((result) => result.migrations.length).sort()).toEqual([
      0,
      both[0].migrations.length || both[1].migrations.length,
    ]);
    expect(both.flatMap((result) => result.migrations)).toContain('0001_seed');
    const functions = both.map((result) => result.appliedFunctions.length);
    expect(Math.min(...functions)).toBe(0);
    const status = await migrationStatus(database.url);
    expect(status.filter((row) => row.state !== 'applied')).toEqual([]);
  });

  it('is the committed dump', async () => {
    const dump = await dumpSchema(database.url);
    if (process.env['CANTONDEX_UPDATE_SCHEMA'] === '1') await writeFile(committed, dump);
    expect(dump).toBe(await readFile(committed, 'utf8'));
  });

  it('down leaves nothing behind, and up makes the same again', async () => {
    const before = await dumpSchema(database.url);
    const all = (await migrationStatus(database.url)).filter((row) => row.kind === 'migration').length;

    const undone = await migrateDown(database.url, all);
    expect(undone.migrations.at(-1)).toBe('0001_seed');
    expect(
      (await dumpSchema(database.url)).split('\n').filter((line) => line !== '' && !line.startsWith('-- ')),
    ).toEqual([]);
    expect(new Set((await migrationStatus(database.url)).map((row) => row.state))).toEqual(new Set(['pending']));

    await migrateUp(database.url);
    expect(await dumpSchema(database.url)).toBe(before);
  });

  it('a function that changed, a trigger that its file does not make, and a function whose file is gone are put right', async () => {
    await database.asSuperuser(async (client) => {
      await client.query(`set role cantondex_owner`);
      await client.query(`update migration_functions set sha256 = 'old' where name = 'refuse_rewriting()'`);
      await client.query(
        `create trigger stale after insert on users for each statement execute function refuse_rewriting()`,
      );
      await client.query(`create function gone() returns trigger language plpgsql as $$ begin return null; end $$`);
      await client.query(`create trigger gone after insert on users execute function gone()`);
      await client.query(`insert into migration_functions (name, sha256) values ('gone()', 'old')`);
    });
    const states = (await migrationStatus(database.url)).map((row) => row.state);
    expect(states.filter((state) => state !== 'applied').sort()).toEqual(['changed', 'unknown']);

    const result = await migrateUp(database.url);
    expect(result).toEqual({ migrations: [], appliedFunctions: ['refuse_rewriting()'], droppedFunctions: ['gone()'] });
    expect(await dumpSchema(database.url)).toBe(await readFile(committed, 'utf8'));
  });
});

describe('without the rights', () => {
  const database = testDatabase({ migrated: false });

  it('says which SQL a database administrator has to run', async () => {
    const stranger = `stranger_${database.name.slice(-12)}`;
    await database.asSuperuser((client) => client.query(`create role ${stranger} login password 'stranger'`));
    const url = new URL(database.url);
    url.username = stranger;
    url.password = 'stranger';
    try {
      await expect(migrateUp(url.toString())).rejects.toThrow(`grant cantondex_owner to cantondex_user, ${stranger};`);
      expect((await migrationStatus(database.url)).every((row) => row.state === 'pending')).toBe(true);
    } finally {
      await database.asSuperuser((client) => client.query(`drop role ${stranger}`));
    }
  });
});

describe('the rules of the tables', () => {
  const database = testDatabase();

  const refused = async (statement: string, sqlstate: string) => {
    const code = await database.asSuperuser((client) =>
      client.query(statement).then(
        () => 'accepted',
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    expect(`${statement}: ${code}`).toBe(`${statement}: ${sqlstate}`);
  };

  it.each([`'NaN'`, `'Infinity'`, `'-Infinity'`, '1e20', '-1e20', '0.0000000000000000001'])(
    'an amount is never %s',
    async (value) => {
      await refused(`select (${value}::numeric)::amount`, '23514');
    },
  );

  it('amounts keep 18 decimals and 20 digits before the point, unrounded', async () => {
    const largest = '99999999999999999999.999999999999999999';
    const { rows } = await database.asSuperuser((client) =>
      client.query<{ v: string }>(`select ($1::numeric)::amount as v`, [largest]),
    );
    expect(rows[0]?.v).toBe(largest);
  });

  it('no column takes NaN: every numeric column is an amount', async () => {
    const { rows } = await database.asSuperuser((client) =>
      client.query(
        `select table_name, column_name from information_schema.columns
         where table_schema = 'public' and data_type in ('numeric', 'real', 'double precision') and domain_name is distinct from 'amount'
           and table_name in (select table_name from information_schema.tables where table_type = 'BASE TABLE')`,
      ),
    );
    expect(rows).toEqual([]);
  });

  it('every timestamp has a zone', async () => {
    const { rows } = await database.asSuperuser((client) =>
      client.query(
        `select table_name, column_name from information_schema.columns
         where table_schema = 'public' and data_type = 'timestamp without time zone' and table_name <> 'migrations'`,
      ),
    );
    expect(rows).toEqual([]);
  });

  describe('orders, deposits, withdrawals', () => {
    const user = '00000000-0000-4000-8000-000000000001';
    const account = '00000000-0000-4000-8000-000000000002';

    beforeAll(() =>
      database.asSuperuser(async (client) => {
        await client.query(`insert into users (id, email, password_hash) values ('${user}', 'a@example.com', '!')`);
        await client.query(
          `insert into accounts (id, user_id, account_number) values ('${account}', '${user}', 'ACC-1')`,
        );
      }),
    );

    const order = (type: string, price: string) =>
      `insert into orders (account_id, symbol, side, order_type, quantity, price) values ('${account}', 'BTC-USDC', 'buy', '${type}', 1, ${price})`;

    it.each([
      ['market', '0'],
      ['market', '1'],
      ['limit', '0'],
      ['limit', '-1'],
      ['limit', 'null'],
      ['stop', '0'],
      ['stop_limit', 'null'],
      ['post_only', 'null'],
    ])('a %s order with price %s is refused', async (type, price) => {
      await refused(order(type, price), '23514');
    });

    it.each([
      ['market', 'null'],
      ['limit', '1'],
      ['stop', 'null'],
      ['stop', '1'],
      ['post_only', '0.000000000000000001'],
    ])('a %s order with price %s is taken', async (type, price) => {
      await database.asSuperuser((client) => client.query(order(type, price)));
    });

    it('one transaction may pay several deposits, each once', async () => {
      const deposit = (output: number) =>
        `insert into deposits (account_id, currency, blockchain, amount, blockchain_address, transaction_hash, output_index)
         values ('${account}', 'BTC', 'bitcoin', 1, 'addr', 'hash', ${output})`;
      await database.asSuperuser(async (client) => {
        await client.query(deposit(0));
        await client.query(deposit(1));
      });
      await refused(deposit(1), '23505');
    });

    it('one transaction pays one withdrawal', async () => {
      const withdrawal = `insert into withdrawals (account_id, currency, blockchain, amount, blockchain_address, transaction_hash)
         values ('${account}', 'BTC', 'bitcoin', 1, 'addr', 'hash')`;
      await database.asSuperuser((client) => client.query(withdrawal));
      await refused(withdrawal, '23505');
    });

    it('a user with an account stays', async () => {
      await refused(`delete from users where id = '${user}'`, '23503');
    });

    it('the application login deletes, truncates and rewrites nothing', async () => {
      const { rows } = await database.asSuperuser((client) =>
        client.query(
          `select c.relname, p.privilege from pg_class c, unnest(array['delete', 'truncate', 'trigger', 'references']) as p (privilege)
           where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege('cantondex_user', c.oid, p.privilege)`,
        ),
      );
      expect(rows).toEqual([]);
      const { rows: rewritable } = await database.asSuperuser((client) =>
        client.query(
          `select relname from pg_class where relname in ('trades', 'orders', 'audit_logs') and has_any_column_privilege('cantondex_user', oid, 'update')
           union all select 'accounts.' || a.attname from pg_attribute a
           where a.attrelid = 'accounts'::regclass and a.attname in ('cash_balance', 'reserved_balance')
             and (has_column_privilege('cantondex_user', a.attrelid, a.attnum, 'update') or has_column_privilege('cantondex_user', a.attrelid, a.attnum, 'insert'))`,
        ),
      );
      expect(rewritable).toEqual([]);
    });

    it('the application cannot hang a trigger function under a table of its own', async () => {
      const { rows } = await database.asSuperuser((client) =>
        client.query(
          `select proname from pg_proc where pronamespace = 'public'::regnamespace and prorettype = 'trigger'::regtype
             and has_function_privilege('cantondex_user', oid, 'execute')`,
        ),
      );
      expect(rows).toEqual([]);
    });

    it('nobody but the two roles may do anything', async () => {
      const { rows } = await database.asSuperuser((client) =>
        client.query(
          `select c.relname from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'public'::regnamespace and a.grantee = 0
           union all select p.proname from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
           where p.pronamespace = 'public'::regnamespace and a.grantee = 0`,
        ),
      );
      expect(rows).toEqual([]);
    });
  });
});
