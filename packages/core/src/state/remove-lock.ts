import { renameSync, rmSync } from 'node:fs'
import { fromSystemError, isSystemError } from '../errors/from-system-error.ts'
import { randomCharacters } from '../names/random-characters.ts'

/** In capitals, so that it can be no name that a lock is for. */
const removed = 'REMOVED'

/**
 * Removes the folder of a lock; only its holder may. It goes at once, by renaming: whoever looks finds the whole lock or none,
 * and makes another one then.
 */
export function removeLock(folder: string): void {
  const gone = `${folder}.${removed}.${randomCharacters(8)}`
  try {
    renameSync(folder, gone)
    rmSync(gone, { recursive: true, force: true })
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw fromSystemError(error, 'STATE_UNUSABLE', `${folder} cannot be removed`)
  }
}
