import process from 'node:process'
import { type ContainerSource, container as containerSource } from '@pgfork/containers'
import { Option } from 'commander'
import type { PgforkConfig } from '../config/pgfork-config.ts'
import { usageError } from '../output/usage-error.ts'
import { refusePassword } from './refuse-password.ts'

export const containerOption = () =>
  new Option('--container <name>', 'the server of this Docker container, or of a service of compose')

/** The command line's, the environment's or the configuration's. @throws PgforkError `INVALID_OPTION` */
export function readCluster(
  configured: PgforkConfig['source'],
  given: string | undefined,
  container?: string,
): NonNullable<PgforkConfig['source']> | ContainerSource {
  if (container !== undefined) {
    if (given !== undefined) throw usageError('Give either a source, or --container.', 'source')
    return containerSource(container)
  }
  if (given !== undefined) refusePassword(given)
  const found = given ?? (process.env.PGFORK_SOURCE || configured)
  if (found !== undefined) return found
  throw usageError(
    'There is no source: give a data directory, a connection URL or --container, set PGFORK_SOURCE, or write source into pgfork.config.json.',
    'source',
  )
}
