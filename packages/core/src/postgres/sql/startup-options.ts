/**
 * What sessions set for themselves, as `PGOPTIONS` would. In the start-up packet it outranks what an administrator or a
 * database's owner gave to the configuration, the database or the role (`ALTER DATABASE .. SET`, `ALTER ROLE .. SET`), and
 * counts before the first statement. It also takes the place of the environment's PGOPTIONS, which node-postgres would pass on.
 */
type Settings = Readonly<Record<string, string>>

/** The versions that brought one of these settings, the latest first, down to the oldest that is supported. */
export const optionMajors = [17, 14, 10] as const

/**
 * For everybody: defaults must neither change what is read and written nor end a session that waits for a checkpoint, a copy
 * or the caller. Who asked for a superuser's session has one, also after `ALTER ROLE postgres SET role`.
 */
const common = (major: number): Settings => ({
  role: 'none',
  datestyle: 'ISO',
  default_transaction_read_only: 'off',
  // Serializable transactions are refused on a standby.
  default_transaction_isolation: 'read committed',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  ...(major >= 14 ? { idle_session_timeout: '0' } : {}),
  ...(major >= 17 ? { transaction_timeout: '0' } : {}),
})

/**
 * For our own statements (H64). Every table, type, function and operator in them is the server's: a superuser runs them, and
 * whoever may create something in `public`, or owns the database, could put his own in its place. `pg_temp`, which would come
 * first unless it is named, comes last.
 */
const internal: Settings = {
  search_path: 'pg_catalog,pg_temp',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  default_tablespace: '',
  // What the last of our commits in a fork flushes is there after a crash: its subscriptions are detached (H24), and what `prepare` did is done (H68).
  synchronous_commit: 'on',
  // Any role may name one for its own sessions, a database's owner for everybody's; one that isn't there ends them.
  local_preload_libraries: '',
}

/** Only a superuser's session may set these. Event triggers and triggers, which may refuse anything, stay quiet. */
const superusers = (major: number): Settings => ({
  session_replication_role: 'replica',
  session_preload_libraries: '',
  // Those of a login among them, and those that are enabled ALWAYS.
  ...(major >= 17 ? { event_triggers: 'off' } : {}),
})

/**
 * Over TCP: a server notices within half a minute that a machine or the network on the way is gone. Its system alone takes more than two hours, for which the
 * session's slot keeps WAL there, and the session its locks (H94).
 */
export const keepAlive: Settings = {
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
}

/** Of sessions of the caller's: with the `search_path` and all else that a user of the database has. */
export const plainOptions = (major: number): string => formatOptions(common(major))

/** Of our own sessions. */
export const internalOptions = (major: number, rights: 'superuser' | 'ordinary'): string =>
  formatOptions({ ...common(major), ...keepAlive, ...internal, ...(rights === 'superuser' ? superusers(major) : {}) })

/** As words of a command line, which is what libpq calls `options`. */
export const formatOptions = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\\s]/g, '\\$&')}`)
    .join(' ')
