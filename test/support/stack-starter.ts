import { startStack } from '../../src/embedded/stack';

/** Starts a stack in the folder given, as npm start would; one line of JSON when it is up; ends it on SIGTERM, or when the test is gone. */
async function main(dataFolder: string | undefined): Promise<void> {
  const said: string[] = [];
  const stack = await startStack({ dataFolder, say: (line) => said.push(line), durable: false });
  stack.publish(null);
  const end = () => void stack.stop().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.stdin.once('end', end).resume();
  console.log(JSON.stringify({ ...stack, said }));
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
