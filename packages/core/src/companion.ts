/**
 * `@pgfork/core/companion`: for pgfork's own packages, such as `@pgfork/testing`, that keep records of theirs in the same
 * state directory. It changes without notice between minor versions.
 */
export { createVolume, removeVolume } from './api/create-volume.ts'
export { type FoundSource, findSource } from './api/find-source.ts'
export { type ForkSpace, measureStorage, type PoolSpace, type StorageUse } from './api/measure-storage.ts'
export { createForkShape } from './api/options/shapes.ts'
export { fromSystemError } from './errors/from-system-error.ts'
export { invalidOption } from './errors/invalid-option.ts'
export { printable } from './errors/printable.ts'
export { checkPlace, isWritableByOthers } from './files/check-place.ts'
export { connectionStringOf } from './fork/connection.ts'
export { chooseExpired, type KeepRule, readKeepRules } from './history/keep-rules.ts'
export { operationShape } from './operation/operation-shape.ts'
export { checkOptions, group } from './options/check-options.ts'
export type { OptionCheck, OptionShape } from './options/checks.ts'
export * as optionChecks from './options/checks.ts'
export { millisecondsOf } from './options/duration-units.ts'
export { pickOptions } from './options/pick-options.ts'
export { removeOwnFolder } from './postgres/files/remove-identity.ts'
export { readLogTail } from './postgres/server/read-log-tail.ts'
export { settingsCheck } from './postgres/settings/settings-check.ts'
export type { SessionBounds } from './postgres/sql/bounded-client.ts'
export {
  createUserClient,
  type InternalSession,
  noPassword,
  openInternalSession,
  type SessionTarget,
} from './postgres/sql/open-session.ts'
export type { ProcessIdentity } from './process/process-identity.ts'
export type { ProcessScope } from './process/process-scope.ts'
export type { SnapshotRecord } from './records/snapshot-record.ts'
export type { FileDurability } from './state/atomic-file.ts'
export { type LockOptions, withLock } from './state/lock.ts'
export { RecordStore } from './state/record-store.ts'
export { findStateDirectory, openStateDirectory, type StateDirectory } from './state/state-directory.ts'
