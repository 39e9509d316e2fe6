/** `@pgfork/core`: what users need. Authors of drivers find theirs in `@pgfork/core/driver`. */
export { createFork } from './api/create-fork.ts'
export { createSnapshot } from './api/create-snapshot.ts'
export { createStandby } from './api/create-standby.ts'
export {
  describeHistory,
  type HistoryDescription,
  type HistoryGap,
  type HistorySnapshot,
} from './api/describe-history.ts'
export { type DetectDriverOptions, detectDriver } from './api/detect-driver.ts'
export { importDatabase } from './api/import-database.ts'
export { type ChangedRelation, listChanges, type TableChanges, type TransactionChanges } from './api/list-changes.ts'
export { type ForkSummary, listForks } from './api/list-forks.ts'
export { type ImportSummary, listImports } from './api/list-imports.ts'
export { listSnapshots } from './api/list-snapshots.ts'
export { listStandbys, type StandbySummary } from './api/list-standbys.ts'
export { openFork } from './api/open-fork.ts'
export { openImport } from './api/open-import.ts'
export { openSnapshot } from './api/open-snapshot.ts'
export { openStandby } from './api/open-standby.ts'
export type { CreateStandbyOptions, ImportDatabaseOptions } from './api/options/copy-options.ts'
export type { CreateForkOptions, ForkOptions } from './api/options/create-fork-options.ts'
export type { CreateSnapshotOptions } from './api/options/create-snapshot-options.ts'
export type {
  DescribeHistoryOptions,
  HistoryOptions,
  ListChangesOptions,
  RecordHistoryOptions,
} from './api/options/history-options.ts'
export type { Source } from './api/options/read-source.ts'
export { type RecordedHistory, recordHistory } from './api/record-history.ts'
export { removeHistory } from './api/remove-history.ts'
export type {
  CommandResult,
  CommandRunner,
  RunOptions,
  StartedProcess,
  StartOptions,
  UserIdentity,
} from './command/command-runner.ts'
export { createRunner } from './command/execa-runner.ts'
export { type ErrorCode, errorCodes } from './errors/codes.ts'
export { CommandError, type CommandFailure } from './errors/command-error.ts'
export { type ErrorDetails, isPgforkError, type LeftBehind, PgforkError } from './errors/pgfork-error.ts'
export { ServerStartError } from './errors/server-start-error.ts'
export type { WalArchiveOption } from './fork/archives.ts'
export type { ForkConnection } from './fork/connection.ts'
export type { Fork, ForkMoment, ResetOptions } from './fork/fork.ts'
export type { ConnectOptions } from './fork/fork-clients.ts'
export type { DetachedSubscription } from './fork/neutralize/detach-subscriptions.ts'
export type { UnloggedRelation } from './fork/neutralize/find-unlogged.ts'
export type { Neutralized } from './fork/neutralize/neutralize-fork.ts'
export type { PreparedTransaction } from './fork/neutralize/prepared-transactions.ts'
export type { ForkActivity } from './fork/read-activity.ts'
export type { Prepare } from './fork/run-prepare.ts'
export type { Check, Verification } from './fork/verify/verification.ts'
export type { VerifyFunction } from './fork/verify/verify-by-sql.ts'
export type { CommitCount, CommitsOfMinute } from './history/count-commits.ts'
export type { ImportedDatabase, ImportedGeneration } from './import/imported-database.ts'
export type { OperationOptions } from './operation/operation.ts'
export { type ProgressEvent, type StepName, type StepTiming, stepNames } from './operation/step-sequence.ts'
export type { Timeouts } from './operation/timeouts.ts'
export type { Commit } from './postgres/moment/commit.ts'
export type { Moment } from './postgres/moment/moment.ts'
export type { BackgroundWorkers } from './postgres/settings/background-workers.ts'
export type { Durability } from './postgres/settings/fork-settings.ts'
export type { ReplacedSetting } from './postgres/settings/inherit-settings.ts'
export type { SourceConnection, SourceOptions } from './postgres/source/source-options.ts'
export type { CallerContext, CallerFunction } from './postgres/sql/caller-sessions.ts'
export { type RewriteTablesOptions, rewriteTables } from './postgres/sql/rewrite-tables.ts'
export type { ReachableMoment } from './postgres/wal/read-end.ts'
export type { ForkStatus } from './records/transitions.ts'
export type { SpaceThresholds } from './snapshot/check-space.ts'
export type { Consistency } from './snapshot/choose-consistency.ts'
export type { ClusterSnapshot } from './snapshot/cluster-snapshot.ts'
export type { ReseedOptions, Standby, StandbyState, StandbyStatus } from './standby/standby.ts'
export type { StoredCopy } from './storage/driver/driver-set.ts'
export type { DetectedDriver, DriverCandidate } from './storage/driver/find-driver.ts'
export type { SnapshotDriver, StoredItem, Volume, VolumeReference } from './storage/driver/snapshot-driver.ts'
export { type CollectedGarbage, type CollectGarbageOptions, collectGarbage } from './upkeep/garbage/collect-garbage.ts'
export type { Garbage, GarbageRules } from './upkeep/garbage/garbage.ts'
export type { PrunedHistory } from './upkeep/history/prune-history.ts'
export { type RebuildStateOptions, rebuildState } from './upkeep/rebuild/rebuild-state.ts'
export type { StorageFinding } from './upkeep/rebuild/storage-finding.ts'
