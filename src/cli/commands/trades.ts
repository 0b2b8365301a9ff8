import { Command, Option } from 'commander';
import { readTradeFile, readTradeStream } from '../../day/read-day';
import {
  acceptLines,
  settleAll,
  untilOver,
  type Acceptance,
  type DayOptions,
  type DayProgress,
} from '../../day/run-day';
import { summarise } from '../../day/settle-day';
import { tableOf } from '../../day/text-report';
import { LANE_CHOICES } from '../../domain/settlement';
import type { Engine } from '../../service/connect-engine';
import { takeSignals } from '../../shutdown';
import { CliError } from '../cli-error';
import { print, printJson, say } from '../output';
import { actor, commandLog, findServers, withEngine, type GlobalOptions } from './servers';
import { stallWatch } from './stall-watch';

interface SubmitOptions extends GlobalOptions {
  readonly lane: string;
  readonly wait?: true;
  readonly json?: true;
}

/** `cantondex trades submit FILE` */
export function tradesCommand(): Command {
  return new Command('trades').description('trades: hand them over for settlement').addCommand(submitCommand());
}

const NOTES = `
Trades are accepted in the order of the file; then their workflows are started in that order, never more than 50 in flight.
Without --wait it returns when all are started. Should nothing move for 15 s (no worker runs) it returns before: what is
accepted is durable, and the next worker starts the rest by itself. With --wait it returns when each is settled, parked or closed.
It exits 1 when a line was refused; a failed settlement does not change that. Submitting the same file again does nothing twice.

Examples:
  npx cantondex trades submit ./my-day/trades.jsonl --wait
  matching-engine --export | npx cantondex trades submit - --json`;

function submitCommand(): Command {
  return new Command('submit')
    .description('submit the trade events of a file, one a line')
    .argument('<file>', 'an NDJSON file, or - for standard input')
    .addOption(new Option('--lane <lane>', 'how they are settled').choices(LANE_CHOICES).default('single'))
    .option('--wait', 'return when each is settled, parked or closed')
    .option('--json', 'print a JSON object')
    .addHelpText('after', NOTES)
    .action(async (file: string, _, command: Command) => {
      const options = command.optsWithGlobals<SubmitOptions>();
      if (options.lane !== 'single') {
        throw new CliError(`The lane ${options.lane} does not exist yet: use --lane single, or leave --lane out.`);
      }
      const servers = findServers(options);
      const shutdown = takeSignals(say);
      const dayOptions = {
        batch_size: servers.config.settlement.batch_size,
        actor: actor(),
        signal: shutdown.signal,
        log: commandLog(servers.config),
      };
      try {
        await withEngine(servers, (engine) => submit(engine, file, dayOptions, options));
      } catch (error) {
        if (!shutdown.signal.aborted) throw error;
        process.exitCode = 130;
        say('Left before the end: what is accepted is durable and settles; the same file again takes up the rest.');
      } finally {
        shutdown.dispose();
      }
    });
}

async function submit(engine: Engine, file: string, day: DayOptions, options: SubmitOptions): Promise<void> {
  const lines = file === '-' ? readTradeStream(process.stdin) : readTradeFile(file);
  const acceptance = await acceptLines(engine, lines, day);
  if (acceptance.rejections.length > 0) process.exitCode = 1;
  if (options.wait) await settleAndWait(engine, acceptance, day, options.json ?? false);
  else await startAll(engine, acceptance, day, options.json ?? false);
}

async function startAll(engine: Engine, acceptance: Acceptance, day: DayOptions, isJson: boolean): Promise<void> {
  const watch = stallWatch();
  const signal = AbortSignal.any([day.signal, watch.signal]);
  try {
    await settleAll(
      engine,
      acceptance.settlementIds,
      { ...day, signal, onProgress: (progress) => watch.onProgress(progress) },
      0,
    );
  } catch (error) {
    if (!watch.signal.aborted || day.signal.aborted) throw error;
    say(
      'Nothing moves: does a worker run? What is accepted is durable, and the next worker starts it ("cantondex worker").',
    );
  } finally {
    watch.stop();
  }
  printAcceptance(acceptance, isJson);
}

async function settleAndWait(engine: Engine, acceptance: Acceptance, day: DayOptions, isJson: boolean): Promise<void> {
  const watch = stallWatch();
  watch.signal.addEventListener('abort', () =>
    say(
      'Nothing moves: does a worker run ("cantondex worker")? Waiting on; Ctrl-C leaves it, what is accepted is durable.',
    ),
  );
  let note = '';
  const onProgress = (progress: DayProgress): void => {
    watch.onProgress(progress);
    if (progress.note !== undefined && progress.note !== note) say(`Waiting: ${progress.note}.`);
    note = progress.note ?? '';
  };
  try {
    await settleAll(engine, acceptance.settlementIds, { ...day, onProgress });
    await untilOver(engine, acceptance.settlementIds, { ...day, onProgress });
  } finally {
    watch.stop();
  }
  const { summary } = await summarise(engine, acceptance, day);
  if (isJson) {
    printJson(summary);
    return;
  }
  print(
    `${summary.settled} settled, ${summary.failed} failed or parked, ${summary.rejected} refused, ${summary.duplicates} known from before.`,
  );
  printProblems(acceptance);
  if (summary.failures.length === 0) return;
  print(
    tableOf(
      ['trade', 'code', 'why'],
      summary.failures.map(({ trade_id, code, reason }) => [trade_id, code, reason]),
    ),
  );
}

function printAcceptance(acceptance: Acceptance, isJson: boolean): void {
  const { lines, fresh, duplicates, rejections } = acceptance;
  if (isJson) {
    printJson({
      submitted: lines,
      accepted: fresh.size,
      duplicates,
      rejected: rejections.length,
      rejections: rejections.map(({ line, trade_id, refusal }) => ({ line, trade_id, ...refusal })),
    });
    return;
  }
  print(`${fresh.size} accepted, ${duplicates} known from before, ${rejections.length} refused.`);
  printProblems(acceptance);
}

function printProblems({ rejections }: Acceptance): void {
  for (const { line, refusal } of rejections) {
    const field = refusal.field === null ? '' : ` (${refusal.field})`;
    say(`Line ${line} is refused, ${refusal.code}${field}: ${refusal.reason.replace(/\.$/, '')}.`);
  }
}
