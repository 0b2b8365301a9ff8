import { randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import { ACCOUNT_STATUSES } from '../../day/read-day';
import { compareAmounts, formatAmount, negateAmount, sumAmounts } from '../../domain/money';
import { listAccounts } from '../../postgres/queries/accounts';
import { adjust, changeAccountStatus } from '../../service/account-book';
import { isOutage } from '../../service/outage';
import { CliError } from '../cli-error';
import { print, printJson, printRows, say } from '../output';
import {
  amountArgument,
  assetArgument,
  countArgument,
  customerOf,
  keyArgument,
  reasonArgument,
  refuseUnknownAsset,
} from './arguments';
import { actor, findServers, withEngine, withPool, type GlobalOptions } from './servers';

interface ReasonOption extends GlobalOptions {
  readonly reason: string;
}

/** `cantondex accounts ...`: who there is, and corrections by ops. */
export function accountsCommand(): Command {
  return new Command('accounts')
    .description('accounts of customers: list them, credit and debit them, suspend and activate them')
    .addCommand(listCommand())
    .addCommand(adjustCommand('credit'))
    .addCommand(adjustCommand('debit'))
    .addCommand(statusCommand('suspend'))
    .addCommand(statusCommand('activate'));
}

function listCommand(): Command {
  return new Command('list')
    .description('list the accounts by number')
    .addOption(new Option('--status <status>', 'only those in this state').choices(ACCOUNT_STATUSES))
    .option('--system', 'system accounts (fees, custody, receivables) too')
    .option('--limit <n>', 'at most so many', countArgument, 1000)
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  npx cantondex accounts list --status inactive')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<
        GlobalOptions & { status?: string; system?: true; limit: number; json?: true }
      >();
      const { status, limit, system = false } = options;
      const accounts = await withPool(findServers(options), (pool) =>
        listAccounts(pool, { status, with_system: system, limit }),
      );
      if (options.json) {
        printJson(accounts);
        return;
      }
      printRows(
        ['number', 'id', 'kind', 'status', 'primary currency'],
        accounts.map((a) => [a.account_number, a.id, a.kind, a.status, a.currency_primary]),
        { none: 'No accounts. "cantondex load DIR" brings some.' },
      );
      if (accounts.length === limit) say(`At most ${limit} are shown: --limit for more.`);
    });
}

type Direction = 'credit' | 'debit';

function adjustCommand(direction: Direction): Command {
  const what =
    direction === 'credit'
      ? 'credit a balance, booked against custody; who waits for it goes on'
      : 'debit a balance; refused when settlements in line need it';
  return new Command(direction)
    .description(what)
    .argument('<account>', 'id or account number')
    .argument('<asset>', 'such as USDC', assetArgument)
    .argument('<amount>', 'a decimal number above zero, such as 640.25', amountArgument)
    .requiredOption('--reason <text>', 'why; it is written into the books', reasonArgument)
    .option('--key <key>', 'makes it happen once, however often it is sent (default: a new one)', keyArgument)
    .option('--json', 'print a JSON object')
    .addHelpText(
      'after',
      `\nExample:\n  npx cantondex accounts ${direction} ACC-00012 USDC 640.25 --reason "wire of 14 March"`,
    )
    .action(async (account: string, asset: string, amount: string, _, command: Command) => {
      await adjustBalance(direction, { account, asset, amount }, command.optsWithGlobals());
    });
}

async function adjustBalance(
  direction: Direction,
  { account, asset, amount }: { account: string; asset: string; amount: string },
  options: ReasonOption & { key?: string; json?: true },
): Promise<void> {
  const key = options.key ?? randomUUID();
  await withEngine(findServers(options), async (engine) => {
    const { id, account_number } = await customerOf(engine.pool, account);
    await refuseUnknownAsset(engine.pool, asset);
    const answer = await adjust(engine.pool, engine.waker, {
      account_id: id,
      asset,
      amount: direction === 'credit' ? amount : negateAmount(amount),
      idempotency_key: `adjustment:${key}`,
      as_of: new Date(),
      actor: actor(),
      reason: options.reason,
    }).catch((error: unknown) => {
      throw isOutage(error) ? outcomeUnknown(key, error) : error;
    });
    if (answer.outcome === 'short') throw tooMuch(account_number, asset, amount, answer);
    if (answer.outcome === 'too_large') {
      throw new CliError(
        `${account_number} has ${formatAmount(answer.available, asset)} free and ${formatAmount(answer.reserved)} reserved: a balance stays below 1e20. Nothing was changed; credit less.`,
      );
    }
    if (answer.outcome === 'conflict') {
      throw new CliError(`The key ${key} stands for another adjustment: nothing was changed. Use another key.`);
    }
    const { outcome, available, reserved } = answer;
    if (options.json) {
      printJson({ account_id: id, account_number, asset, outcome, available, reserved, key });
      return;
    }
    const done =
      outcome === 'known'
        ? 'Done before under this key, nothing was changed'
        : direction === 'credit'
          ? 'Credited'
          : 'Debited';
    print(
      `${done}: ${account_number} has ${formatAmount(available, asset)} free and ${formatAmount(reserved)} reserved. Key ${key}.`,
    );
  });
}

function tooMuch(
  account: string,
  asset: string,
  amount: string,
  { available, in_line }: { available: string; in_line: string },
): CliError {
  const free = sumAmounts([available, negateAmount(in_line)]);
  const most =
    compareAmounts(free, '0') > 0 ? `at most ${formatAmount(free, asset)} can be debited` : 'nothing can be debited';
  const claimed = in_line === '0' ? '' : `, and settlements in line need ${formatAmount(in_line)} of it`;
  return new CliError(
    `${account} has ${formatAmount(available, asset)} free${claimed}: ${most}, not ${formatAmount(amount)}. Nothing was changed; debit less, or credit the account first.`,
  );
}

function outcomeUnknown(key: string, cause: unknown): CliError {
  return new CliError(
    `PostgreSQL did not answer, so whether it was booked is not known: send it again with --key ${key}, then it happens once.`,
    { cause },
  );
}

function statusCommand(verb: 'suspend' | 'activate'): Command {
  const status = verb === 'suspend' ? 'inactive' : 'active';
  const effect =
    verb === 'suspend' ? 'its trades are accepted and fail' : 'its trades settle again; parked ones want a retry';
  return new Command(verb)
    .description(`make an account ${status}: ${effect}`)
    .argument('<account>', 'id or account number')
    .requiredOption('--reason <text>', 'why; it is written into the audit log', reasonArgument)
    .option('--json', 'print a JSON object')
    .addHelpText('after', `\nExample:\n  npx cantondex accounts ${verb} ACC-00012 --reason "asked by compliance"`)
    .action(async (account: string, _, command: Command) => {
      const options = command.optsWithGlobals<ReasonOption & { json?: true }>();
      await withPool(findServers(options), async (pool) => {
        const { id, account_number } = await customerOf(pool, account);
        const previous_status = await changeAccountStatus(pool, {
          account_id: id,
          status,
          actor: actor(),
          reason: options.reason,
        });
        if (options.json) {
          printJson({ account_id: id, account_number, status, previous_status });
          return;
        }
        print(
          previous_status === status
            ? `${account_number} was ${status} already.`
            : `${account_number} is ${status} now; it was ${previous_status}.`,
        );
      });
    });
}
