import { createHash } from 'node:crypto';

/** The next whole number from 0 to below `sides`. */
export type Dice = (sides: number) => number;

/** Dice that fall the same for the same seed, on every machine. */
export function createDice(seed: string): Dice {
  let throws = 0;
  return (sides) => {
    throws += 1;
    const digest = createHash('sha256').update(`${seed}/${throws}`).digest();
    return Number(digest.readBigUInt64BE() % BigInt(sides));
  };
}
