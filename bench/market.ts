import type { DatabasePool } from 'slonik';
import { v5 } from 'uuid';
import { ID_NAMESPACE, idOfKey } from '../src/domain/ids';
import type { TradeEvent } from '../src/domain/trade';
import { sql } from '../src/postgres/sql';

const ACCOUNTS = 200;
const idOf = (name: string): string => v5(`bench:${name}`, ID_NAMESPACE);
const accountOf = (index: number): string => idOf(`account ${index % ACCOUNTS}`);

/** An instrument and accounts that are never short, so that what is measured is the straight way. */
export async function openMarket(pool: DatabasePool): Promise<void> {
  await pool.query(sql.void`
    insert into instruments (symbol, base, quote, quantity_scale, price_scale, cash_scale)
    values ('BTC-USDC', 'BTC', 'USDC', 8, 8, 8)
    on conflict (symbol) do nothing
  `);
  await pool.query(sql.void`
    insert into users (id, email, password_hash)
    values (${idOf('user')}, 'bench@cantondex.invalid', '!')
    on conflict (id) do nothing
  `);
  for (let index = 0; index < ACCOUNTS; index += 1) {
    await pool.query(sql.void`
      insert into accounts (id, user_id, account_number)
      values (${accountOf(index)}, ${idOf('user')}, ${`ACC-${String(index).padStart(5, '0')}`})
      on conflict (id) do nothing
    `);
    for (const asset of ['BTC', 'USDC']) {
      const key = `opening:${accountOf(index)}:${asset}`;
      await pool.query(sql.void`
        select from adjust_balance(${key}, ${idOfKey(key)}::uuid, 'opening', ${accountOf(index)}::uuid, ${asset},
          1000000000, current_date, 'bench', null)
      `);
    }
  }
}

/** The n-th trade of a run, with commissions, between two accounts that few others use at the same time. */
export function tradeOf(run: string, index: number): TradeEvent {
  const trade_id = `${run}-${index}`;
  const now = Date.now();
  return {
    event_id: trade_id,
    event_type: 'TradeExecuted',
    timestamp: now,
    trade_id,
    trading_pair: 'BTC-USDC',
    buy_order_id: idOf(`buy ${trade_id}`),
    sell_order_id: idOf(`sell ${trade_id}`),
    buyer_account_id: accountOf(2 * index),
    seller_account_id: accountOf(2 * index + 1),
    price: '64000.5',
    quantity: '0.25',
    trade_timestamp: now,
    settlement_required: true,
    buyer_commission: '1.6',
    seller_commission: '0.8',
  };
}
