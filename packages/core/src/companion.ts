/**
 * `@pgfork/core/companion`: for pgfork's own packages, such as `@pgfork/testing`, that keep records of theirs in the same
 * state directory. It changes without notice between minor versions.
 */
export { type AssessedVolume, assessSource, type SourceAssessment } from './api/assess-source.ts'
export { createVolume, removeVolume } from './api/create-volume.ts'
export { type FoundSource, findSource } from './api/find-source.ts'
export { hasFiles } from './api/has-files.ts'
export { type ForkSpace, measureStorage, type PoolSpace, type StorageUse } from './api/measure-storage.ts'
export { createForkShape } from './api/options/shapes.ts'
export { type ForkOutline, outlineFork } from './api/outline-fork.ts'
export { programFolders } from './command/program-folders.ts'
export { fromSystemError } from './errors/from-system-error.ts'
export { findDocs } from './errors/help.ts'
export { invalidOption } from './errors/invalid-option.ts'
export { printable } from './errors/printable.ts'
export { checkPlace, findUnsafe, isWritableByOthers, type UnsafeFolder } from './files/check-place.ts'
export { Directory } from './files/directory.ts'
export { noteExposed } from './files/exposed.ts'
export { type NamedFiles, namedFiles } from './files/named-files.ts'
export { removeTree } from './files/remove-tree.ts'
export { connectionStringOf } from './fork/connection.ts'
export { type ContainerLike, containerLike, type LoopbackServer } from './fork/container-like.ts'
export { chooseExpired, type KeepRule, readKeepRules } from './history/keep-rules.ts'
export { randomName } from './names/random-name.ts'
export { operationShape } from './operation/operation-shape.ts'
export { checkOptions, group } from './options/check-options.ts'
export type { OptionCheck, OptionShape } from './options/checks.ts'
export * as optionChecks from './options/checks.ts'
export { millisecondsOf } from './options/duration-units.ts'
export { pickOptions } from './options/pick-options.ts'
export { type PostmasterPid, readPostmasterPid } from './postgres/files/postmaster-pid.ts'
export { removeOwnFolder } from './postgres/files/remove-identity.ts'
export { makeOutsideFolder, removeOutsideFolder } from './postgres/files/socket-directory.ts'
export { endOrphans } from './postgres/server/end-orphans.ts'
export { endProcess } from './postgres/server/end-process.ts'
export { failedStart } from './postgres/server/failed-start.ts'
export { type FoundServer, findServer, type OwnServer } from './postgres/server/find-server.ts'
export { hiddenServer } from './postgres/server/hidden-server.ts'
export { provideLauncher } from './postgres/server/load-launcher.ts'
export { openDataDirectory, openLog, refuseSecondServer } from './postgres/server/prepare-start.ts'
export { readLogTail } from './postgres/server/read-log-tail.ts'
export type { ContainerIdentity, ServerIdentity } from './postgres/server/server-identity.ts'
export type {
  LauncherFactory,
  OwnedServer,
  RunProgramRequest,
  ServerLauncher,
  ServerPlace,
  StartServerRequest,
  StopServerRequest,
} from './postgres/server/server-launcher.ts'
export { type StartingServer, type WaitUntilReadyRequest, waitUntilReady } from './postgres/server/wait-until-ready.ts'
export { settingsCheck } from './postgres/settings/settings-check.ts'
export { checkDataDirectory, type DataDirectory } from './postgres/source/check-data-directory.ts'
export { readConnection } from './postgres/source/read-connection.ts'
export type { SourceAccess } from './postgres/source/source-access.ts'
export type {
  ConnectionParameters,
  Elsewhere,
  LocatedSource,
  SourceElsewhere,
} from './postgres/source/source-options.ts'
export type { SessionBounds } from './postgres/sql/bounded-client.ts'
export {
  createUserClient,
  type InternalSession,
  noPassword,
  openInternalSession,
  type SessionTarget,
} from './postgres/sql/open-session.ts'
export { OwnedSocket } from './postgres/sql/owned-socket.ts'
export { allDone } from './process/all-done.ts'
export { ownGroupOf } from './process/owner-of.ts'
export { type Peer, peerUsers } from './process/peer-users.ts'
export { type ProcessStat, readInnermostPid, readProcLink, readStat } from './process/proc.ts'
export type { ProcessIdentity } from './process/process-identity.ts'
export { currentScope, type ProcessScope } from './process/process-scope.ts'
export { type WaitOptions, waitUntil } from './process/wait-until.ts'
export type { SnapshotRecord } from './records/snapshot-record.ts'
export type { FileDurability } from './state/atomic-file.ts'
export { type LockOptions, tryLock, withLock } from './state/lock.ts'
export { RecordStore } from './state/record-store.ts'
export { removeLock } from './state/remove-lock.ts'
export { findStateDirectory, openStateDirectory, type StateDirectory } from './state/state-directory.ts'
