import type { Engine } from '../service/connect-engine';
import { chunksOf } from '../service/account-book';
import { throughOutages } from '../service/outage';
import { outcomesOf } from '../postgres/queries/day';
import { loadDay, type DayFolder } from './load-day';
import { readTradeLines } from './read-day';
import { DayTally, type DayReport } from './report';
import { acceptLines, settleAll, untilOver, type Acceptance, type DayOptions } from './run-day';

/** A day from its opening to its end: loaded, accepted, settled, added up. It may be broken off and done again. */
export async function settleDay(engine: Engine, folder: DayFolder, options: DayOptions): Promise<DayReport> {
  await throughOutages('Loading', () => loadDay(engine.pool, folder, options.actor), options);
  const acceptance = await acceptLines(engine, readTradeLines(folder.dir), options);
  await settleAll(engine, acceptance.settlementIds, options);
  await untilOver(engine, acceptance.settlementIds, options);
  return summarise(engine, acceptance, options);
}

/** Adds up what became of the accepted lines, from PostgreSQL alone. */
export async function summarise(engine: Engine, acceptance: Acceptance, options: DayOptions): Promise<DayReport> {
  const tally = new DayTally(acceptance);
  for (const page of chunksOf([...new Set(acceptance.settlementIds)], 1000)) {
    tally.add(await throughOutages('The report', () => outcomesOf(engine.pool, page), options));
  }
  return tally.report();
}
