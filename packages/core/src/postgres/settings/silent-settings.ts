/**
 * What keeps statements out of the log and out of statistics while a fork is prepared (H29): the source may log all of its own, and those
 * of `prepare` may tell what they take out, or set a password. The message of an error stays. Settings of a library that isn't loaded
 * have no effect.
 */
export const silentSettings = (major: number): Readonly<Record<string, string>> => ({
  log_statement: 'none',
  log_min_duration_statement: '-1',
  ...(major >= 12 ? { log_transaction_sample_rate: '0' } : {}),
  ...(major >= 13 ? { log_min_duration_sample: '-1' } : {}),
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  debug_print_parse: 'off',
  debug_print_rewritten: 'off',
  debug_print_plan: 'off',
  'auto_explain.log_min_duration': '-1',
  'pg_stat_statements.track': 'none',
  'pgaudit.log': 'none',
})
