/** From a schema and a value to the checked value or one refusal: the first problem, its field, and what was expected. */
import { isLosslessNumber } from 'lossless-json';
import * as z from 'zod/v4';
import { decimalProblem } from '../../domain/money';
import { isRefusalCode, printable, printableText, refuse, type Refusal, type RefusalCode } from '../../domain/refusal';
import { fieldRules, type FieldRule } from './fields';
import { hasInvalidCharacters } from './json';

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** Checks a value from parseJson, or a plain object that somebody else parsed, against a schema. */
export function checkShape<Schema extends z.ZodType>(schema: Schema, value: unknown): Checked<z.output<Schema>> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const [issue] = result.error.issues;
  if (issue === undefined) return refuse('WRONG_TYPE', null, 'the value was not accepted');
  return { ok: false, refusal: refusalOf(schema, value, issue) };
}

type Issue = z.core.$ZodIssue;

function refusalOf(schema: z.ZodType, value: unknown, issue: Issue): Refusal {
  const field = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const name = pathText([...issue.path, issue.keys[0] ?? '']);
    return {
      code: 'UNKNOWN_FIELD',
      field: name,
      reason: `there is no field ${name ?? ''}; expected only the documented fields`,
    };
  }
  const rule = ruleAt(schema, issue.path);
  const sent = valueAt(value, issue.path);
  const subject = field ?? 'the value';
  if (sent === undefined && field !== null) {
    return { code: 'MISSING_FIELD', field, reason: `${subject} is missing; expected ${rule.expected}` };
  }
  const { code, problem } = problemOf(issue, sent, rule);
  return { code, field, reason: `${subject} ${problem}; expected ${rule.expected}` };
}

function problemOf(issue: Issue, sent: unknown, rule: FieldRule): { code: RefusalCode; problem: string } {
  if (isWrongType(issue, sent)) return { code: 'WRONG_TYPE', problem: `is ${described(sent)}` };
  if (typeof sent === 'string' && hasInvalidCharacters(sent)) {
    return { code: 'INVALID_CHARACTERS', problem: `${printable(sent)} has control characters or lone surrogates` };
  }
  if (typeof sent === 'string' && rule.code === 'INVALID_DECIMAL') {
    const decimal = decimalProblem(sent);
    if (decimal !== null) return { code: decimal.code, problem: `${printable(sent)} ${decimal.problem}` };
  }
  return { code: codeOf(issue) ?? rule.code, problem: `is ${described(sent)}` };
}

function isWrongType(issue: Issue, sent: unknown): boolean {
  if (issue.code === 'invalid_type') return true;
  return issue.code === 'invalid_value' && typeof sent !== 'string';
}

function codeOf(issue: Issue): RefusalCode | null {
  if (issue.code !== 'custom') return null;
  const code: unknown = issue.params?.['code'];
  return typeof code === 'string' && isRefusalCode(code) ? code : null;
}

function described(sent: unknown): string {
  if (typeof sent === 'number') return `the JSON number ${sent}`;
  if (isLosslessNumber(sent)) return `the JSON number ${printableText(sent.value)}`;
  return printable(sent);
}

const ANY_RULE: FieldRule = { code: 'WRONG_TYPE', expected: 'another type of value' };

/** The rule of the field that a path leads to. */
function ruleAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): FieldRule {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return ruleAt(schema.unwrap(), path);
  const [key, ...rest] = path;
  if (key === undefined) return fieldRules.get(schema) ?? shapeRule(schema);
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<PropertyKey, z.core.$ZodType | undefined>;
    return shape[key] === undefined ? ANY_RULE : ruleAt(shape[key], rest);
  }
  if (schema instanceof z.ZodArray) return ruleAt(schema.element, rest);
  // A record's issue leads to its value, or to the key itself when the key is what is wrong.
  if (schema instanceof z.ZodRecord) return ruleAt(schema.valueType, rest);
  return ANY_RULE;
}

function shapeRule(schema: z.core.$ZodType): FieldRule {
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord)
    return { code: 'WRONG_TYPE', expected: 'an object' };
  if (schema instanceof z.ZodArray) return { code: 'WRONG_TYPE', expected: 'an array' };
  return ANY_RULE;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

/** 'price', '[3].balances.BTC'; null for the whole value. Keys are the sender's and are escaped. */
function pathText(path: readonly PropertyKey[]): string | null {
  if (path.length === 0) return null;
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${printableText(String(key))}`))
    .join('')
    .replace(/^\./, '');
}
