import { createHash } from 'node:crypto'

/** The name of a data directory's container: the engine refuses a second one. */
export const containerNameOf = (dataDirectory: string): string =>
  `pgfork-${createHash('sha256').update(dataDirectory).digest('hex').slice(0, 24)}`

/** Which data directory a container serves. By it containers are found whose record doesn't name them. */
export const directoryLabel = 'pgfork.data-directory'
