/**
 * Strict JSON at the border. Beyond RFC 8259 it refuses what readers understand differently: a key twice in one object
 * (also with equal values), control characters and lone surrogates in strings, deep nesting, huge texts.
 */
import { LosslessNumber, parse } from 'lossless-json';
import { printable, printableText, refuse, type Refusal } from '../../domain/refusal';

export interface JsonLimits {
  /** Of the text in UTF-8. */
  readonly maxBytes: number;
  /** Objects and arrays within each other. */
  readonly maxDepth: number;
}

/** Enough for one trade event many times over. */
export const EVENT_LIMITS: JsonLimits = { maxBytes: 64 * 1024, maxDepth: 8 };

/**
 * A JSON value. Integers that a double holds exactly are numbers; every other number is a LosslessNumber, so that no
 * digit is lost before somebody decides whether a number may stand there at all.
 */
export type JsonValue = string | number | boolean | null | LosslessNumber | JsonValue[] | { [key: string]: JsonValue };

export type ParsedJson =
  { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly refusal: Refusal };

/** Parses one JSON text. */
export function parseJson(text: string, limits: JsonLimits = EVENT_LIMITS): ParsedJson {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > limits.maxBytes) {
    return refuse('TOO_LARGE', null, `the text has ${bytes} bytes; expected at most ${limits.maxBytes}`);
  }
  const stray = STRAY_CHARACTER.exec(text);
  if (stray !== null) {
    return refuse(
      'INVALID_CHARACTERS',
      null,
      `position ${stray.index} has ${printable(stray[0])}; expected text without control characters`,
    );
  }
  const structure = scanStructure(text, limits.maxDepth);
  if (structure.tooDeep) {
    return refuse(
      'TOO_DEEP',
      null,
      `objects and arrays are nested more than ${limits.maxDepth} deep; expected a flat object`,
    );
  }
  const parsed = parseNumbersApart(text);
  if (!parsed.ok) return parsed;
  if (structure.duplicateKey !== null) {
    const field = printableText(structure.duplicateKey);
    return refuse(
      'DUPLICATE_KEY',
      field,
      `the key ${printable(structure.duplicateKey)} is there twice; expected it once`,
    );
  }
  // Only an escape can bring such a character into a string past the check above.
  const hidden = text.includes('\\') ? findInvalidString(parsed.value, null) : null;
  if (hidden === null) return parsed;
  const reason = `${hidden.field ?? 'the text'} is ${printable(hidden.text)}; expected text without control characters and lone surrogates`;
  return refuse('INVALID_CHARACTERS', hidden.field, reason);
}

/** Control characters (other than JSON's white space) and lone surrogates. */
const STRAY_CHARACTER = /(?![\t\n\r])[\p{Cc}\p{Cs}]/u;
const INVALID_IN_STRING = /[\p{Cc}\p{Cs}]/u;
const SAFE_INTEGER = /^(?:0|-?[1-9][0-9]{0,14})$/;

/** Whether a string holds control characters or lone surrogates: neither can be stored or shown as it is. */
export function hasInvalidCharacters(text: string): boolean {
  return INVALID_IN_STRING.test(text);
}

function parseNumbersApart(text: string): ParsedJson {
  try {
    const value = parse(text, null, {
      parseNumber: (digits) => (SAFE_INTEGER.test(digits) ? Number(digits) : new LosslessNumber(digits)),
      // Reported by scanStructure: the library lets a second key pass if its value is equal.
      onDuplicateKey: () => undefined,
    });
    return { ok: true, value: value as JsonValue };
  } catch (error) {
    return refuse(
      'MALFORMED_JSON',
      null,
      `not valid JSON: ${printableText(error instanceof Error ? error.message : '', 160)}`,
    );
  }
}

/** A string (an unclosed one reaches to the end, so that the scan stays linear) or a mark of structure. */
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*(?:"|\\?$)|[{}[\]:]/g;

interface Structure {
  readonly tooDeep: boolean;
  readonly duplicateKey: string | null;
}

/** Depth and duplicate keys, without recursion: a deep text must not reach the recursive parser. */
function scanStructure(text: string, maxDepth: number): Structure {
  const open: Set<string>[] = [];
  let lastString = '';
  let duplicateKey: string | null = null;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') {
      if (open.push(new Set()) > maxDepth) return { tooDeep: true, duplicateKey };
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ':') {
      const key = unquoted(lastString);
      const keys = open.at(-1);
      if (keys?.has(key) === true) duplicateKey ??= key;
      keys?.add(key);
    } else {
      lastString = token;
    }
  }
  return { tooDeep: false, duplicateKey };
}

function unquoted(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

/** The first key or string below `value` that holds invalid characters, with the name of its field. */
function findInvalidString(value: JsonValue, field: string | null): { field: string | null; text: string } | null {
  if (typeof value === 'string') return hasInvalidCharacters(value) ? { field, text: value } : null;
  if (typeof value !== 'object' || value === null || value instanceof LosslessNumber) return null;
  for (const [key, child] of Object.entries(value)) {
    const name = field === null ? printableText(key) : `${field}.${printableText(key)}`;
    if (hasInvalidCharacters(key)) return { field: name, text: key };
    const found = findInvalidString(child, name);
    if (found !== null) return found;
  }
  return null;
}
