import type { CommonQueryMethods } from 'slonik';
import type { Instrument } from '../../domain/instrument';
import { sql } from '../../postgres/sql';

/** Lists instruments that are not known yet. Those that are known stay as they are: scales never change. */
export async function listInstruments(db: CommonQueryMethods, instruments: readonly Instrument[]): Promise<void> {
  const rows = instruments.map((i) => [
    i.symbol,
    i.base,
    i.quote,
    i.quantity_scale,
    i.price_scale,
    i.cash_scale,
    i.status,
  ]);
  await db.query(sql.void`
    insert into instruments (symbol, base, quote, quantity_scale, price_scale, cash_scale, status)
    select w.symbol, w.base, w.quote, w.quantity_scale, w.price_scale, w.cash_scale, w.status
    from ${sql.unnest(rows, ['text', 'text', 'text', 'int4', 'int4', 'int4', 'text'])}
      as w (symbol, base, quote, quantity_scale, price_scale, cash_scale, status)
    order by w.symbol
    on conflict (symbol) do nothing
  `);
}
