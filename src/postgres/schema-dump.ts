import { Client } from 'pg';

/** Not part of the schema: what the migration tool remembers. Objects of extensions are left out by `pg_depend`. */
const OURS = `n.nspname = 'public'
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`;
const OUR_TABLES = `${OURS} and c.relname not in ('migrations', 'migration_functions')`;

/** `sort` keeps the parts of one object together and in order. */
const SECTIONS: readonly { title: string; query: string }[] = [
  {
    title: 'domains',
    query: `select c.typname as sort, format('domain %I as %s%s', c.typname, format_type(c.typbasetype, c.typtypmod),
        (select string_agg(format(E'\\n  constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), '' order by k.conname)
         from pg_constraint k where k.contypid = c.oid)) as line
      from pg_type c join pg_namespace n on n.oid = c.typnamespace where c.typtype = 'd' and ${OURS}`,
  },
  {
    title: 'enums',
    query: `select c.typname as sort, format('enum %I (%s)', c.typname, string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)) as line
      from pg_type c join pg_namespace n on n.oid = c.typnamespace join pg_enum e on e.enumtypid = c.oid
      where ${OURS} group by c.oid, c.typname`,
  },
  {
    title: 'tables, views and composite types',
    query: `select c.relname as sort, format('%s %I%s%s',
        case c.relkind when 'r' then 'table' when 'v' then 'view' when 'c' then 'type' when 'p' then 'partitioned table' else c.relkind::text end,
        c.relname, ' with (' || array_to_string(c.reloptions, ', ') || ')',
        (select string_agg(format(E'\\n  %I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
            case when a.attnotnull then ' not null' else '' end,
            case when a.attidentity <> '' then ' identity ' || a.attidentity::text
              else coalesce(' default ' || pg_get_expr(f.adbin, f.adrelid), '') end), '' order by a.attnum)
         from pg_attribute a left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)) as line
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'c', 'p', 'm') and ${OUR_TABLES}`,
  },
  {
    title: 'views, their queries',
    query: `select c.relname as sort, format(E'view %I as\\n%s', c.relname, pg_get_viewdef(c.oid)) as line
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'v' and ${OURS}`,
  },
  {
    title: 'sequences of their own',
    query: `select c.relname as sort, format('sequence %I', c.relname) as line
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'S' and ${OURS} and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'i'))`,
  },
  {
    title: 'constraints',
    query: `select format('%s %s', c.relname, k.conname) as sort, format('%I %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) as line
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
      where k.contype <> 't' and ${OUR_TABLES}`,
  },
  {
    title: 'indexes',
    query: `select format('%s %s', c.relname, i.relname) as sort, pg_get_indexdef(x.indexrelid) as line
      from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid join pg_namespace n on n.oid = c.relnamespace
      where ${OUR_TABLES}`,
  },
  {
    title: 'functions',
    query: `select c.proname as sort, format('function %s returns %s language %s%s%s%s', c.oid::regprocedure, pg_get_function_result(c.oid), l.lanname,
        case c.provolatile when 'i' then ' immutable' when 's' then ' stable' else '' end,
        case when c.prosecdef then ' security definer' else '' end,
        ' set ' || array_to_string(c.proconfig, ' set ')) as line
      from pg_proc c join pg_namespace n on n.oid = c.pronamespace join pg_language l on l.oid = c.prolang where ${OURS}`,
  },
  {
    title: 'triggers',
    query: `select format('%s %s', c.relname, t.tgname) as sort, pg_get_triggerdef(t.oid) as line
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where not t.tgisinternal and ${OUR_TABLES}`,
  },
  {
    title: 'privileges on tables, views and sequences',
    query: `select format('%s %s', c.relname, g.grantee) as sort,
        format('%I to %s: %s', c.relname, g.grantee, string_agg(lower(g.privilege_type), ', ' order by g.privilege_type)) as line
      from (select c.*, a.privilege_type, case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee
            from pg_class c, aclexplode(c.relacl) a where a.grantee <> c.relowner) g
      join pg_class c on c.oid = g.oid join pg_namespace n on n.oid = c.relnamespace
      where ${OUR_TABLES} group by c.relname, g.grantee`,
  },
  {
    title: 'privileges on columns',
    query: `select format('%s %s %s', c.relname, grantee, privilege_type) as sort,
        format('%I to %s: %s (%s)', c.relname, grantee, lower(privilege_type), string_agg(attname, ', ' order by attnum)) as line
      from (select a.attrelid, a.attname, a.attnum, x.privilege_type, x.grantee::regrole::text as grantee
            from pg_attribute a, aclexplode(a.attacl) x) g
      join pg_class c on c.oid = g.attrelid join pg_namespace n on n.oid = c.relnamespace
      where ${OUR_TABLES} group by c.relname, grantee, privilege_type`,
  },
  {
    title: 'privileges on functions',
    query: `select format('%s %s', c.proname, grantee) as sort, format('%s to %s', signature, grantee) as line
      from (select p.oid, p.oid::regprocedure::text as signature, case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee
            from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee <> p.proowner) g
      join pg_proc c on c.oid = g.oid join pg_namespace n on n.oid = c.pronamespace where ${OURS}`,
  },
  {
    title: 'owners other than cantondex_owner',
    query: `select c.relname as sort, format('%I: %s', c.relname, c.relowner::regrole) as line
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'v', 'S', 'p', 'm') and c.relowner::regrole::text <> 'cantondex_owner' and ${OURS}`,
  },
];

const HEAD = `-- The schema as the migrations leave it, read from PostgreSQL's catalogs: to look at and to compare, not to run.
-- Made by test/integration/schema.test.ts with CANTONDEX_UPDATE_SCHEMA=1; without it that test compares.
`;

/** Everything that the migrations made in schema public, as text that is the same for the same schema. */
export async function dumpSchema(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // With nothing in the path but pg_catalog, definitions would carry `public.` on every name.
    await client.query('set search_path = public');
    const parts: string[] = [HEAD];
    for (const { title, query } of SECTIONS) {
      const { rows } = await client.query<{ line: string }>(
        `select line from (${query}) s order by sort collate "C", line collate "C"`,
      );
      parts.push(`-- ${title}\n${rows.map((row) => row.line).join('\n')}\n`);
    }
    return parts.join('\n');
  } finally {
    await client.end();
  }
}
