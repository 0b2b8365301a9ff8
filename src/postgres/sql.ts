import { createSqlTag, type QuerySqlToken, type SqlTag, type ValueExpression } from 'slonik';
import { z } from 'zod/v4';

/** slonik's own idea of a schema (zod v3), taken from its types so that nothing here imports bare zod. */
type SlonikSchema = QuerySqlToken['parser'];

/** What slonik is told: a v3 schema whose rows are `Row`. At run time the parser is the v4 schema itself (pool.ts calls its safeParse). */
type RowSchema<Row> = Omit<SlonikSchema, '_output'> & { readonly _output: Row };

/** A query whose rows are `Row`, already checked by its schema when the pool answers. */
export type Sql<Row> = QuerySqlToken<RowSchema<Row>>;

const tag: SqlTag = createSqlTag();

/** The one bridge between zod v4 schemas and slonik's v3 types; nobody else casts. */
function typed<Schema extends z.ZodType>(schema: Schema) {
  return (template: TemplateStringsArray, ...values: ValueExpression[]): QuerySqlToken<RowSchema<z.output<Schema>>> =>
    tag.type(schema as unknown as RowSchema<z.output<Schema>>)(template, ...values);
}

const noRows = z.strictObject({});

/**
 * Tagged templates for every statement that the project sends.
 * `sql.type(schema)` is for statements with rows, each row checked by the schema; `sql.void` for those without.
 */
export const sql = {
  type: typed,
  void: typed(noRows),
  fragment: tag.fragment,
  identifier: tag.identifier,
  join: tag.join,
  array: tag.array,
  unnest: tag.unnest,
  jsonb: tag.jsonb,
  uuid: tag.uuid,
};
