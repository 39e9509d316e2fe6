/**
 * What our own sessions set for themselves, as `PGOPTIONS` would: defaults of the role, the database or the configuration
 * must neither change what we read and write nor end a session that waits for a checkpoint or a copy. It also takes the
 * place of the environment's PGOPTIONS, which node-postgres would pass on otherwise.
 */
export const startupOptions = (major: number): string =>
  [
    'datestyle=ISO',
    'default_transaction_read_only=off',
    // Serializable transactions are refused on a standby.
    'default_transaction_isolation=read\\ committed',
    'statement_timeout=0',
    'lock_timeout=0',
    'idle_in_transaction_session_timeout=0',
    ...(major >= 14 ? ['idle_session_timeout=0'] : []),
    ...(major >= 17 ? ['transaction_timeout=0'] : []),
  ]
    .map((setting) => `-c ${setting}`)
    .join(' ')
