import type { DatabasePool } from 'slonik';
import type { Instrument } from '../domain/instrument';
import { checkTradeInContext, type TradeCheckConfig, type TradeEvent } from '../domain/trade';
import type { AcceptAnswer, AcceptRequest, Ledger, LedgerContext } from '../ledger/port';
import { instrumentsBySymbol } from '../postgres/queries/instruments';
import { parseTradeEvent } from '../protocol/wire/trade-event';

/** Accepts trades, the same at each door: file, API and plain Temporal start. */
export interface TradeIntake {
  /** Well-formed events, in their order, in one commit. */
  accept(events: readonly TradeEvent[], context: LedgerContext): Promise<AcceptAnswer[]>;
  /** One event of any shape. */
  acceptOne(event: unknown, context: LedgerContext): Promise<AcceptAnswer>;
}

/** An intake on a ledger. Scales of an instrument never change, so they are read once; whether it is halted is the ledger's to ask. */
export function createTradeIntake(ledger: Ledger, pool: DatabasePool, policy: TradeCheckConfig): TradeIntake {
  const known = new Map<string, Instrument>();

  async function instrumentsOf(events: readonly TradeEvent[]): Promise<ReadonlyMap<string, Instrument>> {
    const missing = [...new Set(events.map((event) => event.trading_pair))].filter((symbol) => !known.has(symbol));
    if (missing.length > 0) {
      for (const instrument of await instrumentsBySymbol(pool, missing)) known.set(instrument.symbol, instrument);
    }
    return known;
  }

  async function accept(events: readonly TradeEvent[], context: LedgerContext): Promise<AcceptAnswer[]> {
    const instruments = await instrumentsOf(events);
    const requests = events.map((event): AcceptRequest => {
      const check = checkTradeInContext(event, instruments.get(event.trading_pair), context.as_of.getTime(), policy);
      return check.ok
        ? { event, lane: 'single', terms: check.terms, refusal: null }
        : { event, lane: 'single', terms: null, refusal: check.refusal };
    });
    return ledger.accept(requests, context);
  }

  return {
    accept,
    async acceptOne(event, context) {
      const parsed = parseTradeEvent(event);
      if (!parsed.ok) return { result: 'refused', trade_id: parsed.trade_id ?? '', refusal: parsed.refusal };
      const [answer] = await accept([parsed.event], context);
      if (answer === undefined) throw new Error(`no answer for trade ${parsed.event.trade_id}`);
      return answer;
    },
  };
}
