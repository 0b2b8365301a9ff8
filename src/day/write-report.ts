import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DatabasePool } from 'slonik';
import { balancesOf } from '../postgres/queries/balances';
import { chunksOf } from '../service/account-book';
import type { VerifyReport } from '../verify/run-verify';
import type { Summary } from './report';

/** A line for every account and asset of the day, read from PostgreSQL. */
async function* balanceLines(pool: DatabasePool, accountIds: readonly string[]): AsyncGenerator<string> {
  for (const page of chunksOf(accountIds, 500)) {
    for (const { account_id, asset, available, reserved } of await balancesOf(pool, page)) {
      yield `${JSON.stringify({ account_id, asset, available, reserved })}\n`;
    }
  }
}

/**
 * Makes the folder of the reports, tries whether it can be written to, and takes away the summary of an earlier run: it
 * appears last, when all is there.
 */
export async function openReportFolder(dir: string): Promise<void> {
  const path = resolve(dir);
  try {
    await makeFolder(path);
    const trial = join(path, `.summary.json.${process.pid}`);
    await writeFile(trial, '');
    await rm(trial);
    await rm(join(path, 'summary.json'), { force: true });
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`The report folder ${path} cannot be used: ${message}. Give another: --report DIR.`, {
      cause: error,
    });
  }
}

/** Not mkdir's own recursion: below /proc it never ends. */
async function makeFolder(path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory()) return;
  if (there !== null) throw new Error(`${path} is no folder`);
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path);
}

/** Writes balances.jsonl, verify.json and, last and at once, summary.json. */
export async function writeReport(
  dir: string,
  pool: DatabasePool,
  accountIds: readonly string[],
  { summary, verification }: { readonly summary: Summary; readonly verification: VerifyReport },
): Promise<void> {
  const balances = join(dir, 'balances.jsonl');
  await pipeline(Readable.from(balanceLines(pool, accountIds)), createWriteStream(balances));
  await writeFile(join(dir, 'verify.json'), `${JSON.stringify(verification, null, 2)}\n`);
  const beside = join(dir, `.summary.json.${process.pid}`);
  await writeFile(beside, `${JSON.stringify(summary, null, 2)}\n`);
  await rename(beside, join(dir, 'summary.json'));
}
