import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Makes the folder of the reports, and takes away the summary of an earlier run: it appears last, when all is there. */
export async function openReportFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await rm(join(dir, 'summary.json'), { force: true });
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
