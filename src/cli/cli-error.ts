/** What a person did not get right, or what is not there: one sentence with what to do next. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
