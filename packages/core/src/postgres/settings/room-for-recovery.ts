import type { RecoveryNeeds } from '../wal/recovery-needs.ts'

/** Settings that the length of the table of locks follows from, and their defaults (`InitProcGlobal` and `NLOCKENTS` in lock.c). */
const holders = {
  max_connections: 100,
  autovacuum_max_workers: 3,
  max_worker_processes: 8,
  max_wal_senders: 10,
} as const

/**
 * Settings without which a fork's server would not come to the end of its recovery, whatever the snapshot's source or the caller has set:
 * with prepared transactions to recover and no room for them, or none for their locks, it ends with FATAL (`PrescanPreparedTransactions` and
 * `RecoverPreparedTransactions` in twophase.c). Commit timestamps that the source began to track on the way are tracked on.
 */
export function roomForRecovery(
  settings: Readonly<Record<string, string>>,
  { preparedTransactions, locks, tracksCommitTimestamps }: RecoveryNeeds,
  { major, given }: { readonly major: number; readonly given: Readonly<Record<string, string>> },
): Record<string, string> {
  const own = (name: string, otherwise: number): number => Number(settings[name] ?? otherwise)
  const prepared = own('max_prepared_transactions', 0)
  const slots = Object.entries(holders)
    .filter(([name]) => name !== 'max_wal_senders' || major >= 12)
    .reduce((sum, [name, otherwise]) => sum + own(name, otherwise), Math.max(prepared, preparedTransactions))
  const wantedLocks = Math.ceil(locks / slots)
  return {
    ...(preparedTransactions > prepared ? { max_prepared_transactions: String(preparedTransactions) } : {}),
    ...(wantedLocks > own('max_locks_per_transaction', 64) ? { max_locks_per_transaction: String(wantedLocks) } : {}),
    ...(tracksCommitTimestamps === true && given.track_commit_timestamp === undefined
      ? { track_commit_timestamp: 'on' }
      : {}),
  }
}
