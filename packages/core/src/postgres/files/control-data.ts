import { messageOf } from '../../errors/message-of.ts'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'
import { waitUntil } from '../../process/wait-until.ts'
import { controlFileLayout } from './control-file-layout.ts'
import { crc32c } from './crc32c.ts'
import { formatLocation } from './location.ts'

/** What `global/pg_control` says of a cluster (src/include/catalog/pg_control.h). */
export interface ControlData {
  readonly systemIdentifier: string
  readonly state: ClusterState
  /** When it was written last, in seconds since the epoch. */
  readonly writtenAtSeconds: number
  readonly checkpointTimeline: number
  /** Where a replay of the last checkpoint begins, as PostgreSQL writes it: `0/3000148`. */
  readonly redoLocation: string
  /** When that checkpoint began, in whole seconds since the epoch, rounded down. */
  readonly checkpointAtSeconds: number
  /** The lower 32 bits of the number that no transaction had got when that checkpoint was made; undefined where a server was asked. */
  readonly nextTransaction?: number
  /** 0 where the cluster never was in archive recovery or a standby. */
  readonly minimumRecoveryTimeline: number
  /** Of a standby: before this location its files don't agree with each other. `0/0` in a cluster that is open. */
  readonly minimumRecoveryLocation: string
  /**
   * It says that recovery must come to the end of a base backup. In a cluster that was open since, a crash cut an exclusive
   * backup off (H42).
   */
  readonly awaitsBackupEnd: boolean
  readonly walLevel: 'minimal' | 'replica' | 'logical'
  readonly walSegmentBytes: number
  readonly hasChecksums: boolean
  readonly maxPreparedTransactions: number
  /** What the primary had, as its WAL told last: a server that replays it must not have less. Of one that was asked by SQL it isn't known. */
  readonly walSettings?: Readonly<Record<string, number>>
}

/** `DBState`, in its order and in the words of pg_controldata. */
const states = [
  'starting up',
  'shut down',
  'shut down in recovery',
  'shutting down',
  'in crash recovery',
  'in archive recovery',
  'in production',
] as const

type ClusterState = (typeof states)[number]

const walLevels = ['minimal', 'replica', 'logical'] as const

/** PG_CONTROL_FILE_SIZE is 8192. */
const mostBytes = 64 * 1024

/**
 * Reads the control file itself: pg_controldata is not part of every distribution of the server, and this takes no
 * process. The server may be just writing the file, which its checksum tells; then it is read again.
 *
 * @throws PgforkError `SOURCE_NOT_A_CLUSTER`
 */
export async function readControlData(dataDirectory: Directory, major: number): Promise<ControlData> {
  using global = dataDirectory.openDirectory('global')
  const layout = controlFileLayout(major)
  const content = await waitUntil(
    async () => {
      const found = global.read('pg_control', mostBytes)
      return (
        found.length > layout.crc + 4 &&
        crc32c(found.subarray(0, layout.crc)) === found.readUInt32LE(layout.crc) &&
        found
      )
    },
    { what: 'A control file with a right checksum', timeoutMs: 2_000 },
  ).catch((error: unknown) => {
    const path = `${global.path}/pg_control`
    throw new PgforkError(
      'SOURCE_NOT_A_CLUSTER',
      isPgforkError(error, 'TIMED_OUT')
        ? `The control file ${path} has a wrong checksum: it is damaged, or of another version than PG_VERSION says (${major}).`
        : `The control file ${path} can't be read: ${messageOf(error)}`,
      { facts: { path, major }, cause: error },
    )
  })
  const walSegmentBytes = content.readUInt32LE(layout.walSegmentBytes)
  if (!isSegmentSize(walSegmentBytes))
    throw new PgforkError(
      'SOURCE_NOT_A_CLUSTER',
      `The control file ${global.path}/pg_control says that a segment of WAL has ${walSegmentBytes} bytes, which no server makes.`,
      { facts: { path: `${global.path}/pg_control`, walSegmentBytes } },
    )
  return {
    systemIdentifier: content.readBigUInt64LE(0).toString(),
    state: states[content.readUInt32LE(16)] ?? 'starting up',
    writtenAtSeconds: Number(content.readBigInt64LE(24)),
    checkpointTimeline: content.readUInt32LE(layout.checkpointCopy + 8),
    redoLocation: formatLocation(Number(content.readBigUInt64LE(layout.checkpointCopy))),
    nextTransaction: content.readUInt32LE(layout.checkpointCopy + 24),
    checkpointAtSeconds: Number(content.readBigInt64LE(layout.checkpointCopy + layout.checkpointTime)),
    minimumRecoveryTimeline: content.readUInt32LE(layout.minimumRecoveryTimeline),
    minimumRecoveryLocation: formatLocation(Number(content.readBigUInt64LE(layout.minimumRecoveryTimeline - 8))),
    awaitsBackupEnd: content.readBigUInt64LE(layout.minimumRecoveryTimeline + 8) !== 0n,
    walLevel: walLevels[content.readUInt32LE(layout.walLevel)] ?? 'replica',
    walSegmentBytes,
    hasChecksums: content.readUInt32LE(layout.checksumVersion) !== 0,
    maxPreparedTransactions: content.readUInt32LE(layout.maxPreparedTransactions),
    walSettings: {
      max_connections: content.readUInt32LE(layout.walLevel + 8),
      max_worker_processes: content.readUInt32LE(layout.walLevel + 12),
      // Known there from 12 on.
      ...(major >= 12 ? { max_wal_senders: content.readUInt32LE(layout.walLevel + 16) } : {}),
      max_prepared_transactions: content.readUInt32LE(layout.maxPreparedTransactions),
      max_locks_per_transaction: content.readUInt32LE(layout.maxPreparedTransactions + 4),
    },
  }
}

/** The system identifier of the cluster that lies there, which stands first in every version; undefined where none does. */
export function findSystemIdentifier(path: string): string | undefined {
  try {
    using dataDirectory = Directory.open(path)
    using global = dataDirectory.openDirectory('global')
    return global.read('pg_control', mostBytes).readBigUInt64LE(0).toString()
  } catch {
    return undefined
  }
}

const mebibyte = 1024 * 1024

/** `IsValidWalSegSize` (xlog_internal.h). Whoever owns the file may write anything there, and what is counted by it must come to an end. */
const isSegmentSize = (bytes: number): boolean =>
  bytes >= mebibyte && bytes <= 1024 * mebibyte && (bytes & (bytes - 1)) === 0
