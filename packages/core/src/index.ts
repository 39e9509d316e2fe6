export type {
  CommandResult,
  CommandRunner,
  RunOptions,
  StartedProcess,
  StartOptions,
  UserIdentity,
} from './command/command-runner.ts'
export { createRunner } from './command/execa-runner.ts'
export { createFork } from './create-fork.ts'
export { type CreateSnapshotOptions, createSnapshot } from './create-snapshot.ts'
export { createVolume } from './create-volume.ts'
export { type DetectDriverOptions, detectDriver } from './detect-driver.ts'
export type { DetectedDriver, DriverCandidate } from './driver/detect-driver.ts'
export type { DriverContext } from './driver/driver-context.ts'
export type { StoredPart } from './driver/driver-set.ts'
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
} from './driver/snapshot-driver.ts'
export { type ErrorCode, errorCodes } from './errors/codes.ts'
export { CommandError } from './errors/command-error.ts'
export { fromSystemError, isSystemError } from './errors/from-system-error.ts'
export { type CommandMeaning, interpretCommandError } from './errors/interpret-command-error.ts'
export { isPgforkError, PgforkError } from './errors/pgfork-error.ts'
export { ServerStartError } from './errors/server-start-error.ts'
export { connectionStringOf, type ForkConnection } from './fork/connection.ts'
export type { Fork } from './fork/fork.ts'
export type { ForkActivity } from './fork/read-activity.ts'
export type { Prepare } from './fork/run-prepare.ts'
export { type CollectedGarbage, type CollectGarbageOptions, collectGarbage } from './garbage/collect-garbage.ts'
export type { Garbage } from './garbage/garbage.ts'
export { checkFolder } from './item-folder/check-folder.ts'
export { createItem, handOverItem } from './item-folder/create-item.ts'
export { type FoundItem, findItem, isDirectory } from './item-folder/find-item.ts'
export { folderOfClone, type Item, itemFiles } from './item-folder/item.ts'
export { listItems } from './item-folder/list-items.ts'
export { defaultFolderName, removeItem } from './item-folder/remove-item.ts'
export type { SessionOptions } from './lifecycle/session.ts'
export { type ProgressEvent, type StepName, type StepTiming, stepNames } from './lifecycle/step-sequence.ts'
export type { Timeouts } from './lifecycle/timeouts.ts'
export { type ForkSummary, listForks } from './list-forks.ts'
export { validateName } from './names/validate-name.ts'
export { openFork } from './open-fork.ts'
export { openSnapshot } from './open-snapshot.ts'
export type { CreateForkOptions, ForkOptions } from './options/create-fork-options.ts'
export { hasEnded, identifySelf, type ProcessIdentity } from './process/process-identity.ts'
export { type RebuildStateOptions, rebuildState } from './rebuild/rebuild-state.ts'
export type { StorageFinding } from './rebuild/storage-finding.ts'
export { readLogTail } from './server/read-log-tail.ts'
export type { Durability } from './settings/fork-settings.ts'
export type { SpaceThresholds } from './snapshot/check-space.ts'
export type { ClusterSnapshot } from './snapshot/cluster-snapshot.ts'
export type { SourceConnection, SourceOptions } from './source/source-options.ts'
export { type LockOptions, withLock } from './state/lock.ts'
export { RecordStore } from './state/record-store.ts'
export { openStateDirectory, type StateDirectory } from './state/state-directory.ts'
export { describeHolders, findHolders, type Holder } from './storage/find-holders.ts'
export { isBelow } from './storage/is-below.ts'
export { findMount, listMounts, type Mount, mountOf } from './storage/mounts.ts'
export { untilNotBusy } from './storage/until-not-busy.ts'
export type { Check, Verification } from './verify/verification.ts'
