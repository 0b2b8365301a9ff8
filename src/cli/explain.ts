import { classifyError } from '../postgres/errors';

/** What a person is told of an error, by the server's code: what it means and what to do next. */
const BY_SQLSTATE: Readonly<Record<string, string>> = {
  '28P01': 'PostgreSQL refuses the password: correct DATABASE_URL.',
  '28000': 'PostgreSQL refuses the login: correct DATABASE_URL.',
  '3D000': 'There is no such database: correct DATABASE_URL, or create it.',
  '42501': 'PostgreSQL refuses this to the login: log in as cantondex_user, or run "cantondex setup" as its owner.',
  '42P01': 'The database is not set up: run "cantondex setup" first.',
  '42883': 'The database is of another version: run "cantondex setup" first.',
  '42703': 'The database is of another version: run "cantondex setup" first.',
};

/** Errors that are such a sentence already, whatever caused them. */
const OWN_SENTENCES = new Set([
  'AmbiguousIdError',
  'CliError',
  'ConfigError',
  'DayFolderError',
  'OpeningConflictError',
  'StoppedError',
  'TooSlowError',
]);

/** An error as one sentence with what to do next, as far as that is known. */
export function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && OWN_SENTENCES.has(error.name)) return message;
  const { kind, sqlstate } = classifyError(error);
  const known = sqlstate === null ? undefined : BY_SQLSTATE[sqlstate];
  if (known !== undefined) return known;
  if (kind === 'transient' || kind === 'unknown') {
    return `PostgreSQL does not answer (${message}): start it ("npm start"), or correct DATABASE_URL; then say it again.`;
  }
  return message;
}
