export { createFork } from './api/create-fork.ts'
export { type CreateSnapshotOptions, createSnapshot } from './api/create-snapshot.ts'
export { createVolume } from './api/create-volume.ts'
export { type DetectDriverOptions, detectDriver } from './api/detect-driver.ts'
export { type ForkSummary, listForks } from './api/list-forks.ts'
export { openFork } from './api/open-fork.ts'
export { openSnapshot } from './api/open-snapshot.ts'
export type { CreateForkOptions, ForkOptions } from './api/options/create-fork-options.ts'
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
export { CommandError } from './errors/command-error.ts'
export { fromSystemError, isSystemError } from './errors/from-system-error.ts'
export { isPgforkError, PgforkError } from './errors/pgfork-error.ts'
export { ServerStartError } from './errors/server-start-error.ts'
export { connectionStringOf, type ForkConnection } from './fork/connection.ts'
export type { Fork } from './fork/fork.ts'
export type { ForkActivity } from './fork/read-activity.ts'
export type { Prepare } from './fork/run-prepare.ts'
export type { Check, Verification } from './fork/verify/verification.ts'
export { validateName } from './names/validate-name.ts'
export type { OperationOptions } from './operation/operation.ts'
export { type ProgressEvent, type StepName, type StepTiming, stepNames } from './operation/step-sequence.ts'
export type { Timeouts } from './operation/timeouts.ts'
export { readLogTail } from './postgres/server/read-log-tail.ts'
export type { Durability } from './postgres/settings/fork-settings.ts'
export type { SourceConnection, SourceOptions } from './postgres/source/source-options.ts'
export { hasEnded, identifySelf, type ProcessIdentity } from './process/process-identity.ts'
export type { SpaceThresholds } from './snapshot/check-space.ts'
export type { ClusterSnapshot } from './snapshot/cluster-snapshot.ts'
export { type LockOptions, withLock } from './state/lock.ts'
export { RecordStore } from './state/record-store.ts'
export { openStateDirectory, type StateDirectory } from './state/state-directory.ts'
export type { DriverContext } from './storage/driver/driver-context.ts'
export type { StoredCopy } from './storage/driver/driver-set.ts'
export type { DetectedDriver, DriverCandidate } from './storage/driver/find-driver.ts'
export type {
  CloneReference,
  CloneRequest,
  DriverFacts,
  SnapshotDriver,
  SnapshotReference,
  SnapshotRequest,
  Space,
  SpaceUsage,
  StoredItem,
  Volume,
} from './storage/driver/snapshot-driver.ts'
export { checkFolder } from './storage/kit/check-folder.ts'
export { type CloneEntryRequest, cloneEntry } from './storage/kit/clone-entry.ts'
export { createEntry, handOverEntry } from './storage/kit/create-entry.ts'
export { checkDriverOptions, commonOptions, type OptionCheck } from './storage/kit/driver-options.ts'
export { type Entry, type EntryFolder, entryFiles, folderOfClone } from './storage/kit/entry.ts'
export { fileSystemSpace } from './storage/kit/file-system-space.ts'
export { type FoundEntry, findEntry, isDirectory } from './storage/kit/find-entry.ts'
export { ignore } from './storage/kit/ignore.ts'
export { type CommandMeaning, interpretCommandError } from './storage/kit/interpret-command-error.ts'
export { isBelow } from './storage/kit/is-below.ts'
export { listEntries } from './storage/kit/list-entries.ts'
export { findMount, listMounts, type Mount, mountOf } from './storage/kit/mounts.ts'
export { nameHolders } from './storage/kit/name-holders.ts'
export { notApplicable } from './storage/kit/not-applicable.ts'
export { existingFolder, realDirectory, realFolder } from './storage/kit/real-folder.ts'
export { mountsBelow, refuseMounted, refuseMountsBelow } from './storage/kit/refuse-mounts.ts'
export { defaultFolderName, removeEntry } from './storage/kit/remove-entry.ts'
export { type CommandSettings, type DriverCommandOptions, runDriverCommand } from './storage/kit/run-driver-command.ts'
export { throwIfAborted } from './storage/kit/throw-if-aborted.ts'
export { untilNotBusy } from './storage/kit/until-not-busy.ts'
export { type CollectedGarbage, type CollectGarbageOptions, collectGarbage } from './upkeep/garbage/collect-garbage.ts'
export type { Garbage } from './upkeep/garbage/garbage.ts'
export { type RebuildStateOptions, rebuildState } from './upkeep/rebuild/rebuild-state.ts'
export type { StorageFinding } from './upkeep/rebuild/storage-finding.ts'
