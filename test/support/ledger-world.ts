import { randomUUID } from 'node:crypto';
import type { DatabasePool } from 'slonik';
import { z } from 'zod/v4';
import type { Instrument } from '../../src/domain/instrument';
import { idOfKey, openingKey } from '../../src/domain/ids';
import { nextStep, type Settlement, type SettlementStatus } from '../../src/domain/settlement';
import { checkTradeInContext, type TradeEvent } from '../../src/domain/trade';
import type {
  AcceptAnswer,
  AcceptRequest,
  CommandAnswer,
  Ledger,
  LedgerAnswer,
  SettlementRef,
} from '../../src/ledger/port';
import { createPostgresLedger, type LedgerPolicy } from '../../src/ledger/postgres/create-ledger';
import { sql } from '../../src/postgres/sql';
import type { TestDatabase } from './database';
import { expectCoherent } from './expect-coherent';

/** ETH-BTC and BTC-USDT: BTC is base here and quote there. YEN-GOLD knows whole numbers only, WEI-ATTO 18 decimals. */
export const INSTRUMENTS: readonly Instrument[] = [
  instrument('ETH-BTC', 4, 6, 8),
  instrument('BTC-USDT', 8, 2, 6),
  instrument('ETH-USDT', 4, 2, 6),
  instrument('GOLD-YEN', 0, 0, 0),
  instrument('WEI-ATTO', 18, 18, 18),
];

function instrument(symbol: string, quantity_scale: number, price_scale: number, cash_scale: number): Instrument {
  const [base = '', quote = ''] = symbol.split('-');
  return { symbol, base, quote, quantity_scale, price_scale, cash_scale, status: 'active' };
}

export interface TradeTerms {
  buyer: string;
  seller: string;
  quantity: string;
  price: string;
  symbol?: string;
  trade_id?: string;
  buyer_commission?: string;
  seller_commission?: string;
  settlement_date?: string;
}

export interface Balance {
  available: string;
  reserved: string;
}

/** What ops are called in these tests. */
export const OPS = 'ops@example.com';
const POLICY: LedgerPolicy = { retry_attempts: 1, retry_delay_seconds: 60, deadline_business_days: 5 };
const STEPS = {
  initiate: 'initiate',
  lock_securities: 'lockSecurities',
  lock_cash: 'lockCash',
  execute: 'execute',
  finalise: 'finalise',
  retry: 'retryDue',
  close: 'close',
} as const;

/** Accounts with openings, trades between them, and settlements driven through the ledger port alone, without Temporal. */
export class LedgerWorld {
  /** The time of every call, unless a test gives another. */
  now = new Date();
  #accounts = 0;

  constructor(
    readonly database: TestDatabase,
    readonly policy: LedgerPolicy = POLICY,
  ) {}

  get pool(): DatabasePool {
    return this.database.pool;
  }

  get ledger(): Ledger {
    return this.ledgerOn(this.pool);
  }

  /** The port over a connection: a pool, or a transaction that the test holds open. */
  ledgerOn(connection: Pick<DatabasePool, 'any'>): Ledger {
    return createPostgresLedger(connection as DatabasePool, this.policy);
  }

  get engine() {
    return { as_of: this.now, actor: 'engine' };
  }

  get ops() {
    return { as_of: this.now, actor: OPS, reason: 'because the test says so' };
  }

  /** The instruments and the user who owns the accounts; once a database. */
  async setUp(): Promise<void> {
    for (const i of INSTRUMENTS) {
      await this.pool.query(sql.void`
        insert into instruments (symbol, base, quote, quantity_scale, price_scale, cash_scale)
        values (${i.symbol}, ${i.base}, ${i.quote}, ${i.quantity_scale}, ${i.price_scale}, ${i.cash_scale})
        on conflict do nothing`);
    }
    await this.pool.query(sql.void`
      insert into users (id, email, password_hash) values (${USER}, 'customers@example.com', '!') on conflict do nothing`);
  }

  /** A new customer's account with these balances; its id. */
  async account(openings: Record<string, string> = {}): Promise<string> {
    const id = randomUUID();
    this.#accounts += 1;
    const number = `ACC-${String(this.#accounts).padStart(5, '0')}`;
    await this.pool.query(sql.void`
      insert into accounts (id, user_id, account_number, currency_primary) values (${id}, ${USER}, ${number}, 'USDT')`);
    for (const [asset, amount] of Object.entries(openings)) {
      await this.adjust(id, asset, amount, { kind: 'opening', key: openingKey(id, asset) });
    }
    return id;
  }

  /** adjust_balance: a credit, or a debit if the amount has a minus. */
  async adjust(account: string, asset: string, amount: string, more: Adjustment = {}): Promise<AdjustAnswer> {
    const key = more.key ?? `test:${randomUUID()}`;
    return (more.connection ?? this.pool).one(sql.type(adjustRow)`
      select outcome, available, reserved, in_line, wakes
      from adjust_balance(
        ${key}, ${idOfKey(key)}::uuid, ${more.kind ?? 'adjustment'}, ${account}::uuid, ${asset}, ${amount}::numeric,
        ${this.now.toISOString().slice(0, 10)}::date, ${OPS}, null
      )`);
  }

  trade(terms: TradeTerms): TradeEvent {
    const { buyer, seller, symbol, trade_id, ...rest } = terms;
    return {
      event_id: randomUUID(),
      event_type: 'TradeExecuted',
      timestamp: this.now.getTime(),
      trade_id: trade_id ?? `T-${randomUUID()}`,
      trading_pair: symbol ?? 'BTC-USDT',
      buy_order_id: randomUUID(),
      sell_order_id: randomUUID(),
      buyer_account_id: buyer,
      seller_account_id: seller,
      trade_timestamp: this.now.getTime(),
      settlement_required: true,
      ...rest,
    };
  }

  request(event: TradeEvent): AcceptRequest {
    const known = INSTRUMENTS.find((i) => i.symbol === event.trading_pair);
    const check = checkTradeInContext(event, known, this.now.getTime(), {
      deadlineBusinessDays: this.policy.deadline_business_days,
    });
    if (check.ok) return { event, lane: 'single', terms: check.terms, refusal: null };
    return { event, lane: 'single', terms: null, refusal: check.refusal };
  }

  acceptAll(events: readonly TradeEvent[], ledger = this.ledger): Promise<AcceptAnswer[]> {
    return ledger.accept(
      events.map((event) => this.request(event)),
      this.engine,
    );
  }

  /** Accepts the trades in this order; every one has to be accepted. */
  async accept(...terms: TradeTerms[]): Promise<Settlement[]> {
    const answers = await this.acceptAll(terms.map((one) => this.trade(one)));
    return answers.map((answer) => {
      if (answer.result !== 'accepted') throw new Error(`expected accepted: ${JSON.stringify(answer)}`);
      return answer.settlement;
    });
  }

  /** One trade, accepted and driven until it has this status. */
  async settlementIn(status: SettlementStatus, terms: TradeTerms): Promise<Settlement> {
    const settlement = one(await this.accept(terms));
    return status === 'pending' ? settlement : this.driveTo(status, settlement);
  }

  async driveTo(status: SettlementStatus, settlement: Settlement): Promise<Settlement> {
    let row = settlement;
    for (let steps = 0; row.status !== status; steps += 1) {
      const answer = await this.step(row);
      if (answer.outcome !== 'committed' || answer.settlement === null || steps > 10) {
        throw new Error(`${settlement.trade_id} does not reach ${status}: ${JSON.stringify(answer)}`);
      }
      row = answer.settlement;
    }
    return row;
  }

  /** The one step that the row asks for, as it answers; a rejection is not aborted. */
  step(row: Settlement, ledger = this.ledger): Promise<LedgerAnswer> {
    const next = nextStep(row, this.now.getTime());
    if (next.do === 'wait' || next.do === 'end') throw new Error(`${row.trade_id} is ${row.status} and has no step`);
    return ledger[STEPS[next.do]]([refOf(row)], this.engine).then(one);
  }

  /** Drives until it ends, waits or fails (then the attempt is aborted, with the policy's consequence). */
  async drive(settlement: Settlement): Promise<Driven> {
    let row = settlement;
    const wakes: string[] = [];
    for (;;) {
      const next = nextStep(row, this.now.getTime());
      if (next.do === 'wait' || next.do === 'end') return { row, waits: null, wakes };
      let answer = await this.step(row);
      if (answer.outcome === 'rejected') answer = await this.abort(answer, row);
      wakes.push(...answer.wakes);
      row = answer.settlement ?? row;
      if (answer.outcome === 'waiting') return { row, waits: answer.reason, wakes };
    }
  }

  /** Ends the attempt that a step has rejected. */
  abort(rejected: LedgerAnswer, row: SettlementRow, ledger = this.ledger): Promise<LedgerAnswer> {
    const { code, reason } = rejected;
    if (code === null || reason === null) throw new Error(`not rejected: ${JSON.stringify(rejected)}`);
    return ledger.abort([{ ...refOf(row), code, reason }], this.engine).then(one);
  }

  async read(settlement: SettlementRow): Promise<Settlement> {
    const answer = one(await this.ledger.findOutcome([refOf(settlement)]));
    if (answer.settlement === null) throw new Error(`settlement ${settlement.id} is not there`);
    return answer.settlement;
  }

  async balance(account: string, asset: string): Promise<Balance> {
    return this.pool.one(sql.type(balanceRow)`
      select trim_scale(available)::text as available, trim_scale(reserved)::text as reserved
      from balances where account_id = ${account}::uuid and asset = ${asset}`);
  }

  /** The available part alone, which most tests ask for. */
  async available(account: string, asset: string): Promise<string> {
    return (await this.balance(account, asset)).available;
  }

  /** kind and statuses of a settlement's events, in their order: 'step pending>initiated', 'paused failed'. */
  async events(settlement: SettlementRow): Promise<string[]> {
    const rows = await this.pool.any(sql.type(eventRow)`
      select case when kind = 'step' then format('step %s>%s', coalesce(from_status::text, ''), to_status)
        else kind || ' ' || to_status end as event
      from settlement_events where settlement_id = ${settlement.id}::uuid order by seq`);
    return rows.map((row) => row.event);
  }

  /** How each test ends: verify itself finds nothing wrong. */
  expectCoherent(): Promise<void> {
    return expectCoherent(this.pool);
  }

  /** A fingerprint of every table, for "nothing has moved since". */
  async everything(): Promise<Record<string, string>> {
    const tables = await this.pool.any(sql.type(z.object({ name: z.string() }))`
      select tablename::text as name from pg_tables where schemaname = 'public' and tablename <> 'migrations' order by 1`);
    const contents: Record<string, string> = {};
    for (const { name } of tables) {
      const row = await this.pool.one(sql.type(z.object({ content: z.string() }))`
        select count(*) || ' rows ' || coalesce(md5(string_agg(r::text, '|' order by r::text)), '') as content
        from ${sql.identifier([name])} r`);
      contents[name] = row.content;
    }
    return contents;
  }
}

const USER = '7e57ab1e-0000-4000-8000-000000000001';
type SettlementRow = Pick<Settlement, 'id' | 'attempt'>;

export interface Driven {
  readonly row: Settlement;
  /** What it waits for; null if it has come to rest otherwise. */
  readonly waits: string | null;
  readonly wakes: readonly string[];
}

interface Adjustment {
  key?: string;
  kind?: 'opening' | 'adjustment';
  connection?: Pick<DatabasePool, 'one'>;
}

const adjustRow = z.object({
  outcome: z.enum(['committed', 'known', 'conflict', 'short', 'too_large']),
  available: z.string(),
  reserved: z.string(),
  in_line: z.string(),
  wakes: z.array(z.string()),
});
type AdjustAnswer = z.output<typeof adjustRow>;
const balanceRow = z.object({ available: z.string(), reserved: z.string() });
const eventRow = z.object({ event: z.string() });

export function refOf(row: SettlementRow): SettlementRef {
  return { settlement_id: row.id, attempt: row.attempt };
}

/** The only element of an answer to a set of one. */
export function one<T>(answers: readonly T[]): T {
  const [answer] = answers;
  if (answer === undefined || answers.length !== 1) throw new Error(`expected one answer, got ${answers.length}`);
  return answer;
}

/** The row of an answer that must have one. */
export function rowOf(answer: LedgerAnswer | CommandAnswer): Settlement {
  if (answer.settlement === null) throw new Error(`no row: ${JSON.stringify(answer)}`);
  return answer.settlement;
}
