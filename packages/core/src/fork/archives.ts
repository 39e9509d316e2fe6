import { resolve } from 'node:path'
import { isRestoreCommand } from '../archive/restore-command.ts'
import { WalArchive } from '../archive/wal-archive.ts'
import type { Operation } from '../operation/operation.ts'
import { checkingSecret, isObject, isText } from '../options/checks.ts'
import { checkFolderSpace, defaultSpaceThresholds } from '../snapshot/check-space.ts'

/**
 * Where archived WAL is: a folder that holds segments as plain files under their own names, or a command as in `restore_command`, with `%f`
 * for the name of a file and `%p` for the path that it copies it to. pgfork runs the command itself, by `sh` as the owner of the source's
 * files; no server does.
 */
export type WalArchiveOption = string | { readonly restoreCommand: string }

const isArchive = (value: unknown): boolean =>
  (isText(value) && value !== '') ||
  (isObject(value) && Object.keys(value).join() === 'restoreCommand' && isRestoreCommand(value.restoreCommand))

/** Commands may hold secrets. */
export const walArchives = checkingSecret(
  'a folder, { restoreCommand } with %f and %p, or an array of these',
  (value) => isArchive(value) || (Array.isArray(value) && value.every(isArchive)),
)

export interface ReadArchives {
  readonly folders: readonly string[]
  /** Undefined where no archive was named at all. */
  readonly commands: readonly string[] | undefined
}

export function readArchives(given: WalArchiveOption | readonly WalArchiveOption[] | undefined): ReadArchives {
  if (given === undefined) return { folders: [], commands: undefined }
  // Folders are recorded for a reset, which may be made in another one.
  const archives = Array.isArray(given) ? (given as readonly WalArchiveOption[]) : [given as WalArchiveOption]
  return {
    folders: archives.flatMap((archive) => (typeof archive === 'string' ? resolve(archive) : [])),
    commands: archives.flatMap((archive) => (typeof archive === 'string' ? [] : archive.restoreCommand)),
  }
}

/** Undefined without commands. Who opens it disposes of it: what was fetched goes then. */
export const openArchive = (operation: Operation, commands: readonly string[]): WalArchive | undefined =>
  commands.length === 0
    ? undefined
    : new WalArchive(operation, commands, (root, bytes) =>
        checkFolderSpace({ root, pool: 'the state directory' }, bytes, defaultSpaceThresholds),
      )
