import type { Damage } from './damage';
import { DAMAGES_1 } from './invariant-1';
import { DAMAGES_2 } from './invariant-2';
import { DAMAGES_3 } from './invariant-3';
import { DAMAGES_4 } from './invariant-4';
import { DAMAGES_5 } from './invariant-5';
import { DAMAGES_6 } from './invariant-6';
import { DAMAGES_7 } from './invariant-7';

/** One thing damaged at a time, and the one check that sees it; a file an invariant. */
export const DAMAGES: readonly Damage[] = [
  ...DAMAGES_1,
  ...DAMAGES_2,
  ...DAMAGES_3,
  ...DAMAGES_4,
  ...DAMAGES_5,
  ...DAMAGES_6,
  ...DAMAGES_7,
];
