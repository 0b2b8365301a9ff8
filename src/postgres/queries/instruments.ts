import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import type { Instrument } from '../../domain/instrument';
import { sql } from '../sql';

const instrumentRow = z.object({
  symbol: z.string(),
  base: z.string(),
  quote: z.string(),
  quantity_scale: z.int(),
  price_scale: z.int(),
  cash_scale: z.int(),
  status: z.enum(['active', 'halted']),
}) satisfies z.ZodType<Instrument>;

/** The instruments of these symbols; unknown ones are left out. */
export function instrumentsBySymbol(
  db: CommonQueryMethods,
  symbols: readonly string[],
): Promise<readonly Instrument[]> {
  return db.any(sql.type(instrumentRow)`
    select i.symbol, i.base, i.quote, i.quantity_scale, i.price_scale, i.cash_scale, i.status
    from instruments i
    where i.symbol = any (${sql.array([...symbols], 'text')})
  `);
}

/** Every asset that an instrument has on either side. */
export function knownAssets(db: CommonQueryMethods): Promise<readonly string[]> {
  return db.anyFirst(sql.type(z.object({ asset: z.string() }))`
    select i.base as asset from instruments i
    union
    select i.quote from instruments i
    order by asset
  `);
}
