import { join } from 'node:path'
import { createRunner, type OperationOptions } from '@pgfork/core'
import { openStateDirectory, removeLock, type StateDirectory, tryLock, withLock } from '@pgfork/core/companion'
import { templateStore } from './template-record.ts'

/** Only one process at a time makes a template, begins to use it, or removes it. The lock goes with the template. */
export async function lockTemplate<T>(name: string, options: OperationOptions, action: () => Promise<T>): Promise<T> {
  const state = await openStateDirectory(options.stateDirectory)
  const { runner = createRunner(), signal, onWarning } = options
  return withLock(folderOf(state, name), { runner, signal, onWarning }, () => removingLock(state, name, action))
}

/** The same, unless somebody is about it. */
export async function tryLockTemplate(
  name: string,
  options: OperationOptions,
  action: () => Promise<void>,
): Promise<boolean> {
  const state = await openStateDirectory(options.stateDirectory)
  const { runner = createRunner(), signal } = options
  return tryLock(folderOf(state, name), { runner, signal }, () => removingLock(state, name, action))
}

const folderOf = ({ locks }: StateDirectory, name: string): string => join(locks, `template-${name}`)

async function removingLock<T>(state: StateDirectory, name: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } finally {
    if (!(await (await templateStore(state)).exists(name))) removeLock(folderOf(state, name))
  }
}
