import type { SnapshotDriver, Volume } from '../driver/snapshot-driver.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { Inspection } from '../source/inspection.ts'
import type { SnapshotRecord } from './snapshot-record.ts'

export type Consistency = SnapshotRecord['consistency']

export interface ChooseConsistencyRequest {
  readonly driver: SnapshotDriver
  readonly volumes: readonly Volume[]
  readonly inspection: Inspection
  readonly isConnected: boolean
}

/**
 * What makes the copied files agree with each other (H4; manual, "File System Level Backup").
 *
 * @throws PgforkError `CONNECTION_REQUIRED` where only a base backup would do and there is no connection to make it,
 * `SOURCE_NOT_CLEAN` where nothing proves that a server seemingly stopped doesn't run in another container.
 */
export function chooseConsistency({ driver, volumes, inspection, isConnected }: ChooseConsistencyRequest): Consistency {
  if (isCapturedAtOneInstant(driver, volumes)) return 'atomic'
  if (isConnected) return 'backup'
  if (inspection.server !== undefined)
    throw new PgforkError(
      'CONNECTION_REQUIRED',
      `The driver ${driver.name} copies the source's ${volumes.length} volume(s) one after another, which needs a base backup of ` +
        `the running source, and it can't be connected to (${inspection.unreachable}). Give source.connection, or stop the source cleanly.`,
      { hazard: 'H4', facts: { driver: driver.name, volumes: volumes.map(({ root }) => root) } },
    )
  if (isClean(inspection) && !inspection.hasLockFile) return 'still'
  throw new PgforkError(
    'SOURCE_NOT_CLEAN',
    `No server of ${inspection.dataDirectory} was found, but it was not shut down cleanly (${inspection.control.state}): it may run in ` +
      `a container or on another host, and the driver ${driver.name} can't copy a running server's files. ` +
      'Give source.connection if it runs; if it crashed, start it and stop it cleanly.',
    { hazard: 'H4', facts: { state: inspection.control.state, hasLockFile: inspection.hasLockFile } },
  )
}

/** A server stopped in order has nothing to recover. */
export const isClean = ({ server, control }: Inspection): boolean =>
  server === undefined && (control.state === 'shut down' || control.state === 'shut down in recovery')

function isCapturedAtOneInstant(driver: SnapshotDriver, volumes: readonly Volume[]): boolean {
  const { atomicity } = driver.facts
  if (atomicity === 'none') return false
  if (volumes.length === 1) return true
  return atomicity === 'pool' && new Set(volumes.map(({ pool }) => pool)).size === 1
}
