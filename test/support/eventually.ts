import { setTimeout as delay } from 'node:timers/promises';

/** The answer, once it is not null, undefined or false; fails with what was expected when the time is over. */
export async function eventually<Answer>(
  expected: string,
  ask: () => Promise<Answer> | Answer,
  within_ms = 20_000,
): Promise<NonNullable<Answer>> {
  const giveUpAt_ms = Date.now() + within_ms;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (Date.now() > giveUpAt_ms) throw new Error(`Not within ${within_ms} ms: ${expected}`);
    await delay(50);
  }
}
