import process from 'node:process'
import type { Fork } from '@pgfork/core'

/**
 * Of libpq's variables, these say where and as whom to connect (PostgreSQL manual, "Environment Variables"). Some win over PGHOST:
 * what a program inherits of them would lead it to another server, such as the source (H29). So would PGFORK_SOURCE, where the password
 * of a superuser may stand.
 */
const leading = [
  ...['PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGDATABASE', 'PGUSER', 'PGPASSWORD', 'PGPASSFILE'],
  ...['PGSERVICE', 'PGSERVICEFILE', 'PGTARGETSESSIONATTRS', 'PGLOADBALANCEHOSTS', 'PGREQUIREAUTH', 'PGCHANNELBINDING'],
  ...['PGREQUIRESSL', 'PGSSLMODE', 'PGSSLNEGOTIATION', 'PGGSSENCMODE', 'PGREQUIREPEER', 'PGFORK_SOURCE'],
]

/** What leads a program to a fork. */
export function connectionVariables({ connection, connectionString }: Fork): Record<string, string> {
  const { host, port, user, database } = connection
  return {
    DATABASE_URL: connectionString,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
  }
}

/** This process's environment with nothing in it that leads elsewhere. */
export function connectionEnvironment(fork: Fork): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !leading.includes(name))
  return { ...Object.fromEntries(inherited), ...connectionVariables(fork) }
}
