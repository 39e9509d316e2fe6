import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import type { DriverContext } from './driver-context.ts'
import type { SnapshotDriver, Volume } from './snapshot-driver.ts'

/** One driver that was asked. `reason` says why it doesn't serve the path. */
export interface DriverCandidate {
  readonly driver: string
  readonly reason: string | undefined
}

/** Which driver serves a directory, and what was found out about the others. */
export interface DetectedDriver {
  readonly driver: SnapshotDriver
  readonly volume: Volume
  readonly candidates: readonly DriverCandidate[]
}

/**
 * The first of these drivers that serves a path. Only "not applicable" leads on to the next one: a driver that is right
 * for the storage and refuses the layout must not be replaced by one that copies everything.
 *
 * @throws PgforkError `DRIVER_NOT_FOUND` with every candidate's reason, or what the right driver threw
 */
export async function findDriver(
  path: string,
  drivers: readonly SnapshotDriver[],
  context: DriverContext,
): Promise<DetectedDriver> {
  const candidates: DriverCandidate[] = []
  for (const driver of drivers) {
    try {
      const volume = await driver.locate(path, context)
      return { driver, volume, candidates: [...candidates, { driver: driver.name, reason: undefined }] }
    } catch (error) {
      if (drivers.length === 1 || !isPgforkError(error, 'DRIVER_NOT_APPLICABLE')) throw error
      candidates.push({ driver: driver.name, reason: error.message })
    }
  }
  throw new PgforkError(
    'DRIVER_NOT_FOUND',
    `No driver serves ${path}. ${candidates.map(({ driver, reason }) => `${driver}: ${reason}`).join(' ')}`,
    { facts: { path, candidates } },
  )
}
