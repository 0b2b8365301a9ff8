import { Command, Option } from 'commander';
import { FAILURE_CODES, type FailureCode } from '../../domain/failure';
import { formatAmount } from '../../domain/money';
import { printable } from '../../domain/refusal';
import { isFinal, phaseOf, SETTLEMENT_PHASES, SETTLEMENT_STATUSES, type Settlement } from '../../domain/settlement';
import { findSettlement, listEvents, listSettlements, type SettlementFilter } from '../../postgres/queries/settlements';
import type { CommandVerb } from '../../protocol/temporal/settlement-messages';
import { CliError } from '../cli-error';
import { print, printJson, printRows, say } from '../output';
import { accountOf, countArgument, reasonArgument } from './arguments';
import { actor, findServers, withEngine, withPool, type GlobalOptions } from './servers';
import { settlementText } from './settlement-text';

/** `cantondex settlements ...`: look at settlements, and stop or go on. */
export function settlementsCommand(): Command {
  return new Command('settlements')
    .description('settlements: list and show them; retry, cancel, pause and resume them')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(
      verbCommand(
        'retry',
        'one attempt more of a failed settlement; a closed one is reopened, unless it was cancelled',
      ),
    )
    .addCommand(verbCommand('cancel', 'end a settlement for good, while nothing has moved yet; its holds are released'))
    .addCommand(verbCommand('pause', 'stop a settlement until it is resumed'))
    .addCommand(verbCommand('resume', 'let a paused settlement go on, at its place in line'));
}

/** The row as it is printed in JSON: with what is derived from it everywhere people look. */
function withPhase(settlement: Settlement) {
  return { ...settlement, phase: phaseOf(settlement), final: isFinal(settlement) };
}

interface ListOptions extends GlobalOptions {
  readonly status?: NonNullable<SettlementFilter['status']>;
  readonly phase?: NonNullable<SettlementFilter['phase']>;
  readonly failureCode?: FailureCode;
  readonly symbol?: string;
  readonly account?: string;
  readonly limit: number;
  readonly json?: true;
}

function listCommand(): Command {
  return new Command('list')
    .description('list settlements in the order of acceptance')
    .addOption(new Option('--status <status>', 'only in this state').choices(SETTLEMENT_STATUSES))
    .addOption(new Option('--phase <phase>', 'only in this phase').choices(SETTLEMENT_PHASES))
    .addOption(new Option('--failure-code <code>', 'only failed for this reason').choices(FAILURE_CODES))
    .option('--symbol <symbol>', 'only of this instrument')
    .option('--account <account>', 'only of this buyer or seller: id or account number')
    .option('--limit <n>', 'at most so many', countArgument, 50)
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  npx cantondex settlements list --phase parked')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>();
      const { status, phase, failureCode, symbol, limit } = options;
      const rows = await withPool(findServers(options), async (pool) => {
        const account = options.account === undefined ? undefined : await accountOf(pool, options.account);
        return listSettlements(pool, {
          status,
          phase,
          failure_code: failureCode,
          symbol,
          account_id: account?.id,
          limit,
        });
      });
      if (options.json) {
        printJson(rows.map(withPhase));
        return;
      }
      printRows(
        ['trade', 'symbol', 'quantity', 'amount', 'buyer', 'seller', 'status', 'phase', 'attempt', 'failure'],
        rows.map((s) => [
          s.trade_id,
          s.symbol,
          formatAmount(s.quantity),
          formatAmount(s.amount),
          s.buyer_account_number,
          s.seller_account_number,
          s.status,
          phaseOf(s),
          String(s.attempt),
          s.failure_code ?? '',
        ]),
        { none: 'No such settlements.', right: [2, 3, 8] },
      );
      if (rows.length === limit) say(`At most ${limit} are shown, the first accepted first: --limit for more.`);
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('show a settlement, its history, and what to do next')
    .argument('<id>', 'trade id or settlement id')
    .option('--json', 'print a JSON object')
    .addHelpText('after', '\nExample:\n  npx cantondex settlements show sample-0181')
    .action(async (id: string, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { json?: true }>();
      const servers = findServers(options);
      await withPool(servers, async (pool) => {
        const settlement = await findSettlement(pool, id);
        if (settlement === null) throw notFound(id);
        const events = await listEvents(pool, settlement.id);
        if (options.json) {
          printJson({ ...withPhase(settlement), events });
          return;
        }
        const { temporalUi, temporal } = servers;
        const place = temporalUi === null ? null : { temporalUi, namespace: temporal.namespace ?? 'default' };
        print(settlementText(settlement, events, place));
      });
    });
}

function verbCommand(verb: CommandVerb, description: string): Command {
  return new Command(verb)
    .description(description)
    .argument('<id>', 'trade id or settlement id')
    .requiredOption('--reason <text>', "why; it is written into the settlement's history", reasonArgument)
    .option('--json', 'print the settlement afterwards as a JSON object')
    .addHelpText('after', `\nExample:\n  npx cantondex settlements ${verb} sample-0181 --reason "asked by the client"`)
    .action(async (id: string, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { reason: string; json?: true }>();
      await withEngine(findServers(options), async (engine) => {
        const result = await engine.commands.send(verb, id, { actor: actor(), reason: options.reason });
        if (result.outcome === 'not_found') throw notFound(id);
        const { settlement } = result;
        if (result.outcome === 'forbidden') {
          throw new CliError(
            `Trade ${settlement.trade_id} cannot be ${PAST[verb]}: ${result.reason}. "cantondex settlements show ${settlement.trade_id}" tells more.`,
          );
        }
        if (options.json) {
          printJson(withPhase(settlement));
          return;
        }
        const { trade_id, status, attempt } = settlement;
        const done = verb === 'resume' && !result.before.paused ? 'was not paused' : `is ${PAST[verb]}`;
        print(`Trade ${trade_id} ${done}: ${status}, ${phaseOf(settlement)}, attempt ${attempt}.`);
      });
    });
}

const PAST: Record<CommandVerb, string> = { retry: 'retried', cancel: 'cancelled', pause: 'paused', resume: 'resumed' };

function notFound(id: string): CliError {
  return new CliError(
    `There is no settlement or trade ${printable(id)}: "cantondex settlements list" shows those that there are.`,
  );
}
