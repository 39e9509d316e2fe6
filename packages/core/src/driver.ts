/** `@pgfork/core/driver`: what a storage driver is, and a kit to build one (docs/write-a-driver.md). */
export type {
  CommandResult,
  CommandRunner,
  RunOptions,
  StartedProcess,
  StartOptions,
  UserIdentity,
} from './command/command-runner.ts'
export { createRunner } from './command/execa-runner.ts'
export type { ErrorCode } from './errors/codes.ts'
export { CommandError, type CommandFailure } from './errors/command-error.ts'
export { fromSystemError, isSystemError } from './errors/from-system-error.ts'
export { type ErrorDetails, isPgforkError, type LeftBehind, PgforkError } from './errors/pgfork-error.ts'
export { checking, type OptionCheck, type OptionShape } from './options/checks.ts'
export type { DriverContext } from './storage/driver/driver-context.ts'
export type {
  CloneReference,
  CloneRequest,
  Command,
  DriverClaims,
  DriverFacts,
  DriverOutline,
  SnapshotDriver,
  SnapshotReference,
  SnapshotRequest,
  Space,
  SpaceUsage,
  StoredItem,
  Volume,
  VolumeReference,
} from './storage/driver/snapshot-driver.ts'
export { attachMount } from './storage/kit/attach-mount.ts'
export { checkFolder } from './storage/kit/check-folder.ts'
export { type CloneEntryRequest, cloneEntry, consumesEntry } from './storage/kit/clone-entry.ts'
export { createEntry } from './storage/kit/create-entry.ts'
export { defaultFolderName, findDefaultFolder } from './storage/kit/default-folder.ts'
export { checkDriverOptions, commonOptions, mountingOptions } from './storage/kit/driver-options.ts'
export { type EntryNames, entriesOf } from './storage/kit/entries-of.ts'
export { type Entry, type EntryFolder, entryFiles, folderOfClone } from './storage/kit/entry.ts'
export { fileSystemSpace } from './storage/kit/file-system-space.ts'
export { type FoundEntry, findEntry, isDirectory } from './storage/kit/find-entry.ts'
export { findOtherDevices } from './storage/kit/find-other-devices.ts'
export { handOverEntry } from './storage/kit/hand-over-entry.ts'
export { ignore } from './storage/kit/ignore.ts'
export { type CommandMeaning, installing, interpretCommandError } from './storage/kit/interpret-command-error.ts'
export { isBelow } from './storage/kit/is-below.ts'
export { listEntries } from './storage/kit/list-entries.ts'
export type { Mark } from './storage/kit/mark.ts'
export { mountDirectoryOf, removeMountPoint } from './storage/kit/mount-folder.ts'
export { findMount, listMounts, type Mount, mountOf } from './storage/kit/mounts.ts'
export { findHolders, type Holder, nameHolders } from './storage/kit/name-holders.ts'
export { notApplicable } from './storage/kit/not-applicable.ts'
export { parseVolumes } from './storage/kit/parse-volumes.ts'
export { atExistingFolder, realDirectory, realFolder } from './storage/kit/real-folder.ts'
export { mountsBelow, refuseMounted, refuseMountsBelow } from './storage/kit/refuse-mounts.ts'
export { removeEntry } from './storage/kit/remove-entry.ts'
export { removeFiles } from './storage/kit/remove-files.ts'
export { refuseBindMount, requireMountable } from './storage/kit/require-mountable.ts'
export {
  type CommandSettings,
  type DriverCommandOptions,
  runDriverCommand,
  runTreeCommand,
} from './storage/kit/run-driver-command.ts'
export { type NameFileSystem, type StoragePlace, storagePlaceOf } from './storage/kit/storage-place.ts'
export { throwIfAborted } from './storage/kit/throw-if-aborted.ts'
export { untilNotBusy } from './storage/kit/until-not-busy.ts'
