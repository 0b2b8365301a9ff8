/** What the engine knows of one way to fail: everything that HTTP, docs and Temporal's texts say of it derives from here. */
export interface FailureRule {
  /** The ISO 20022 settlement reason code that a custodian would recognise. */
  readonly iso_reason: string;
  /** Whether the engine tries again by itself; if not, the settlement parks at once. */
  readonly retried: boolean;
  readonly meaning: string;
  /** What ops do about it, as an instruction. */
  readonly next_step: string;
}

const rule = (iso_reason: string, retried: boolean, meaning: string, next_step: string): FailureRule => ({
  iso_reason,
  retried,
  meaning,
  next_step,
});

/** The one table of failure codes (docs/ERRORS.md has a heading for each; a test compares them both ways). */
export const FAILURES = {
  INSUFFICIENT_SECURITIES: rule(
    'LACK',
    true,
    'The seller has fewer securities available than the trade delivers, and no earlier settlement in line could change that.',
    'Deliver the missing securities to the seller, then retry the settlement, or cancel it.',
  ),
  INSUFFICIENT_CASH: rule(
    'MONY',
    true,
    'The buyer has less cash available than the trade costs with commission, and no earlier settlement in line could change that.',
    'Fund the buyer, then retry the settlement, or cancel it.',
  ),
  ACCOUNT_NOT_ACTIVE: rule(
    'BLOC',
    false,
    'The account of the buyer or of the seller is not active, so nothing may leave or reach it.',
    'Activate the account, then retry the settlement, or cancel it.',
  ),
  INSTRUMENT_HALTED: rule(
    'SBLO',
    false,
    'Settlement in this instrument is halted.',
    'Lift the halt, then retry the settlement, or cancel it.',
  ),
  BALANCE_LIMIT: rule(
    'OTHR',
    false,
    'The credit would bring an account to 1e20 or more of the asset, which is beyond what the ledger holds in one balance.',
    'Move some of what the account has to another account, then retry the settlement, or cancel it.',
  ),
  CANCELLED: rule(
    'CANI',
    false,
    'Ops cancelled the settlement, with the reason given.',
    'Nothing: a cancelled settlement is final. A new trade needs a new trade id.',
  ),
} as const satisfies Record<string, FailureRule>;

export type FailureCode = keyof typeof FAILURES;
export const FAILURE_CODES = Object.keys(FAILURES) as FailureCode[];

/** Whether the engine itself tries again after a failure of this code. */
export function isRetried(code: FailureCode): boolean {
  return FAILURES[code].retried;
}
