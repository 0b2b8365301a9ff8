import { removeTestFolder } from './test-folder';

/** Jest calls this after failures too. */
export default async function globalTeardown(): Promise<void> {
  const stack = globalThis.cantondexTestStack;
  if (stack === undefined) return;
  await stack.stop();
  removeTestFolder(stack.dataFolder);
}
