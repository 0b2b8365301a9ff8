/**
 * What a settlement takes, gives and books (design rules "Money" and "Order"). The buyer pays amount + buyer_commission,
 * the seller receives amount - seller_commission, the fees account gets both commissions.
 */
import { Decimal, decimalText, negateAmount, sumAmounts } from './money';

/** The parties and amounts of a swap; amounts are non-negative decimal strings, commissions in the quote asset. */
export interface SwapTerms {
  readonly seller: string;
  readonly buyer: string;
  readonly base: string;
  readonly quote: string;
  readonly quantity: string;
  readonly amount: string;
  readonly buyer_commission: string;
  readonly seller_commission: string;
}

/** A non-negative amount of an asset that an account gives (debit) or gets (credit). */
export interface Leg {
  readonly account_id: string;
  readonly asset: string;
  readonly amount: string;
}

/** A signed amount booked to an account: + credits it. */
export type Posting = Leg;

export interface TwoLegs {
  readonly securities: Leg;
  readonly cash: Leg;
}

/** What must be held before the swap: the seller's securities, and the buyer's cash with the buyer's commission. */
export function debitLegs(terms: SwapTerms): TwoLegs {
  const cash = sumAmounts([terms.amount, terms.buyer_commission]);
  return {
    securities: { account_id: terms.seller, asset: terms.base, amount: terms.quantity },
    cash: { account_id: terms.buyer, asset: terms.quote, amount: cash },
  };
}

/** What the swap brings: the buyer's securities, and the seller's cash without the seller's commission. */
export function creditLegs(terms: SwapTerms): TwoLegs {
  const cash = decimalText(new Decimal(terms.amount).minus(terms.seller_commission));
  return {
    securities: { account_id: terms.buyer, asset: terms.base, amount: terms.quantity },
    cash: { account_id: terms.seller, asset: terms.quote, amount: cash },
  };
}

/**
 * The postings of a swap: the two debits, the two credits and, unless both commissions are zero, one for fees. They sum
 * to zero in each asset. The seller's cash credit is there even when the commission eats it up: a reference points to it.
 */
export function swapPostings(terms: SwapTerms, feesAccount: string): Posting[] {
  const debits = debitLegs(terms);
  const credits = creditLegs(terms);
  const fees = sumAmounts([terms.buyer_commission, terms.seller_commission]);
  const postings = [
    booked(debits.securities, -1),
    booked(credits.securities, 1),
    booked(debits.cash, -1),
    booked(credits.cash, 1),
  ];
  if (fees !== '0') postings.push({ account_id: feesAccount, asset: terms.quote, amount: fees });
  return postings;
}

function booked(leg: Leg, sign: 1 | -1): Posting {
  return { ...leg, amount: sign === 1 ? leg.amount : negateAmount(leg.amount) };
}

/** The sum of postings for each asset; all '0' in a transaction that is right. */
export function sumsByAsset(postings: Iterable<Posting>): Map<string, string> {
  const totals = new Map<string, Decimal>();
  for (const { asset, amount } of postings) totals.set(asset, (totals.get(asset) ?? new Decimal(0)).plus(amount));
  return new Map([...totals].map(([asset, total]) => [asset, decimalText(total)]));
}
