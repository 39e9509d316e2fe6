import { messageOf } from '../../errors/message-of.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { SnapshotDriver } from './snapshot-driver.ts'

/** The packages that are looked for when no driver is given, in the order in which they are asked. */
const knownDrivers = ['btrfs', 'zfs', 'lvm', 'rbd', 'copy'] as const

/** What Node says, and Jest, which loads modules by itself. */
const notFound: ReadonlySet<string> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])

/** The driver of an installed package `@pgfork/driver-<name>`, with its defaults; undefined when it isn't installed. */
export async function loadDriver(name: string): Promise<SnapshotDriver | undefined> {
  try {
    const module: Record<string, unknown> = await import(`@pgfork/driver-${name}`)
    const factory = module[name]
    return typeof factory === 'function' ? (factory as () => SnapshotDriver)() : undefined
  } catch (error) {
    if (notFound.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new PgforkError(
      'DRIVER_NOT_FOUND',
      `The package @pgfork/driver-${name} cannot be loaded: ${messageOf(error)}`,
      {
        cause: error,
      },
    )
  }
}

/** All known drivers that are installed. @throws PgforkError `DRIVER_NOT_FOUND` when there is none */
export async function loadInstalledDrivers(): Promise<SnapshotDriver[]> {
  const loaded = await Promise.all(knownDrivers.map(loadDriver))
  const drivers = loaded.filter((driver) => driver !== undefined)
  if (drivers.length > 0) return drivers
  throw new PgforkError(
    'DRIVER_NOT_FOUND',
    `No storage driver is installed. Install one, such as @pgfork/driver-copy, which works on any file system.`,
  )
}
