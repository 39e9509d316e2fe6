import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandRunner } from '../command/command-runner.ts'
import { tryLock, withLock } from '../state/lock.ts'
import { removeLock } from '../state/remove-lock.ts'
import type { StateDirectory } from '../state/state-directory.ts'

/** What an operation has of it. */
export interface NameLockOptions {
  readonly state: StateDirectory
  readonly runner: CommandRunner
  readonly signal?: AbortSignal | undefined
  readonly warn?: ((message: string) => void) | undefined
}

/**
 * Runs an action that makes, changes or removes the fork of a name, or the snapshot of that name, while nobody else does so, in this
 * process or another one (H76). A fork and a snapshot of one name share the lock, since the snapshot that is made for a fork has its
 * name. The lock goes with the last record of the name.
 *
 * @throws PgforkError `ABORTED` by the signal, while it waits
 */
export const withNameLock = <T>(options: NameLockOptions, name: string, action: () => Promise<T>): Promise<T> => {
  const { runner, signal, warn: onWarning } = options
  return withLock(folderOf(options, name), { runner, signal, onWarning }, () => removingLock(options, name, action))
}

/**
 * The same, unless somebody else holds the lock: then nothing is done.
 *
 * @returns whether the action was run
 */
export const tryNameLock = (options: NameLockOptions, name: string, action: () => Promise<void>): Promise<boolean> =>
  tryLock(folderOf(options, name), options, () => removingLock(options, name, action))

const folderOf = ({ state }: NameLockOptions, name: string): string => join(state.nameLocks, name)

async function removingLock<T>(options: NameLockOptions, name: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } finally {
    if (!isRecorded(options.state, name)) removeLock(folderOf(options, name))
  }
}

const isRecorded = (state: StateDirectory, name: string): boolean =>
  [state.forks, state.snapshots, state.standbys, state.imports].some((folder) =>
    statSync(join(folder, `${name}.json`), { throwIfNoEntry: false }),
  )
