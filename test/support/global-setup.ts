import { type Stack, startStack } from '../../src/embedded/stack';
import { makeTestFolder, removeLeftTestFolders, removeTestFolder } from './test-folder';

declare global {
  var cantondexTestStack: Stack | undefined;
}

/** One stack for the whole run, in a folder of its own; the tests learn its addresses from the environment. */
export default async function globalSetup(): Promise<void> {
  if (process.env['CANTONDEX_TEST_NO_SERVERS'] === '1') return;
  await removeLeftTestFolders();
  const dataFolder = makeTestFolder();
  const stack = await startStack({ dataFolder, say: (line) => console.error(line), durable: false });
  globalThis.cantondexTestStack = stack;
  process.env['CANTONDEX_TEST_SUPERUSER_URL'] = stack.superuserUrl;
  process.env['CANTONDEX_TEST_DATABASE_URL'] = stack.databaseUrl;
  process.env['CANTONDEX_TEST_TEMPORAL_ADDRESS'] = stack.temporalAddress;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void stack.stop().finally(() => {
        removeTestFolder(dataFolder);
        process.exit(1);
      });
    });
  }
}
