import { PgforkError } from '../errors/pgfork-error.ts'
import type { Inspection } from '../postgres/source/inspection.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'

/** Why captured files agree with each other: captured at one instant, in a base backup, or while no server ran. */
export type Consistency = SnapshotRecord['consistency']

/**
 * What makes files agree that aren't captured at one instant (H4; manual, "File System Level Backup"): a base backup of the
 * running source, or that no server writes them.
 *
 * @throws PgforkError `CONNECTION_REQUIRED` where only a base backup would do and there is no connection to make it,
 * `SOURCE_NOT_CLEAN` where the source was not stopped cleanly, or may run where it can't be seen.
 */
export function withoutAtomicity(
  copies: readonly VolumeCopy[],
  inspection: Inspection,
  isConnected: boolean,
): Consistency {
  if (isConnected) return refuseMinimalWal(copies, inspection)
  const { dataDirectory, server, hidden, unreachable, control } = inspection
  const volumes = copies.map(({ driver, volume }) => `${volume.root} (${driver})`).join(', ')
  if (server !== undefined)
    throw new PgforkError(
      'CONNECTION_REQUIRED',
      `${volumes} can't be captured at one instant, which needs a base backup of the running source, and it can't be ` +
        `connected to (${unreachable}). Give source.connection, or stop the source cleanly.`,
      { hazard: 'H4', facts: { volumes } },
    )
  if (isClean(inspection)) return 'stopped'
  throw new PgforkError(
    'SOURCE_NOT_CLEAN',
    `${dataDirectory} was not shut down cleanly as far as can be seen (${hidden ?? control.state}), and ${volumes} can't be captured ` +
      'at one instant. Give source.connection if it runs; if it crashed, start it and stop it cleanly.',
    { hazard: 'H4', facts: { volumes, state: control.state, hidden } },
  )
}

/** A base backup needs WAL that says everything (H15). */
function refuseMinimalWal(copies: readonly VolumeCopy[], { control }: Inspection): Consistency {
  if (control.walLevel !== 'minimal') return 'backup'
  throw new PgforkError(
    'SETTING_REFUSED',
    `${copies.map(({ volume }) => volume.root).join(', ')} can't be captured at one instant, and PostgreSQL makes no base backup with ` +
      'wal_level=minimal. Stop the source cleanly, raise its wal_level, or put it on one volume that has atomic snapshots.',
    { hazard: 'H15' },
  )
}

/** A cleanly stopped server has nothing to recover. */
export const isClean = ({ server, hidden, control }: Inspection): boolean =>
  server === undefined &&
  hidden === undefined &&
  (control.state === 'shut down' || control.state === 'shut down in recovery')

/** It was open for writing, and so has left all recovery behind. */
export const wasOpen = ({ control }: Inspection): boolean =>
  control.state === 'in production' || control.state === 'shut down'
