import { readdirSync, readFileSync } from 'node:fs';
import type { DatabasePool } from 'slonik';
import { z } from 'zod/v4';
import { sql } from '../src/postgres/sql';

/** What has been used up since the stack was started; two readings make a difference. */
export interface Usage {
  readonly node_ms: number;
  readonly temporal_ms: number;
  readonly postgres_ms: number;
  readonly wal_bytes: number;
  readonly rows_written: number;
  /** At most: a partial index takes only the rows that it is about. */
  readonly index_entries: number;
}

const TICK_MS = 10;

/** Reads the CPU time of this process and of both servers' trees (Linux /proc), and what PostgreSQL has written. */
export async function readUsage(pool: DatabasePool, dataFolder: string): Promise<Usage> {
  const node = process.cpuUsage();
  const written = await pool.one(sql.type(z.object({ wal: z.string(), rows: z.string(), entries: z.string() }))`
    select
      pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text as wal,
      (select sum(t.n_tup_ins + t.n_tup_upd) from pg_stat_user_tables t)::text as rows,
      (
        select sum((t.n_tup_ins + t.n_tup_upd - t.n_tup_hot_upd) * (select count(*) from pg_index i where i.indrelid = t.relid))
        from pg_stat_user_tables t
      )::text as entries
  `);
  return {
    node_ms: (node.user + node.system) / 1000,
    temporal_ms: cpuOfTrees(dataFolder, 'start-dev'),
    postgres_ms: cpuOfTrees(dataFolder, 'postgres'),
    wal_bytes: Number(written.wal),
    rows_written: Number(written.rows),
    index_entries: Number(written.entries),
  };
}

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly cpu_ms: number;
}

function cpuOfTrees(dataFolder: string, name: string): number {
  const all = processes();
  const roots = all.filter((p) => p.command.includes(dataFolder) && p.command.includes(name));
  const members = new Set(roots.map((p) => p.pid));
  for (let size = 0; size !== members.size;) {
    size = members.size;
    for (const p of all) if (members.has(p.parent)) members.add(p.pid);
  }
  return all.filter((p) => members.has(p.pid)).reduce((sum, p) => sum + p.cpu_ms, 0);
}

function processes(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        // After the name: state, ppid, ... utime is the 12th, stime the 13th; children that have ended the next two.
        const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
        return [{ pid: Number(pid), parent: Number(fields[1]), command, cpu_ms: ticks * TICK_MS }];
      } catch {
        return []; // it ended while we looked
      }
    });
}
