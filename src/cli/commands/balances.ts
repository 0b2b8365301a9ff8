import { Command } from 'commander';
import { formatAmount } from '../../domain/money';
import { listBalances } from '../../postgres/queries/balances';
import { printJson, printRows, say } from '../output';
import { accountOf, assetArgument, countArgument } from './arguments';
import { findServers, withPool, type GlobalOptions } from './servers';

interface BalanceOptions extends GlobalOptions {
  readonly account?: string;
  readonly asset?: string;
  readonly limit: number;
  readonly json?: true;
}

/** `cantondex balances`: what customers have. */
export function balancesCommand(): Command {
  return new Command('balances')
    .description('what customers have, free and reserved')
    .option('--account <account>', 'only of this account: id or account number')
    .option('--asset <asset>', 'only of this asset', assetArgument)
    .option('--limit <n>', 'at most so many', countArgument, 1000)
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  npx cantondex balances --account ACC-00012')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<BalanceOptions>();
      const { asset, limit } = options;
      const rows = await withPool(findServers(options), async (pool) => {
        const account = options.account === undefined ? undefined : await accountOf(pool, options.account);
        return listBalances(pool, { account_id: account?.id, asset, limit });
      });
      if (options.json) {
        printJson(rows);
        return;
      }
      printRows(
        ['account', 'asset', 'free', 'reserved'],
        rows.map((row) => [row.account_number, row.asset, formatAmount(row.available), formatAmount(row.reserved)]),
        { none: 'No balances.', right: [2, 3] },
      );
      if (rows.length === limit) say(`At most ${limit} are shown: --limit for more.`);
    });
}
