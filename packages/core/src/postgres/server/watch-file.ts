import { type FSWatcher, watch } from 'node:fs'
// Not the global ones, which tests put a clock of their own in the place of (H132).
import { clearTimeout, setTimeout } from 'node:timers'

export interface FileWatch extends Disposable {
  /** The system tells changes; otherwise pauses take their whole time. */
  readonly isTold: boolean
  /** Ends when the file has changed since the last pause, at the latest after this time. */
  readonly pause: (milliseconds: number) => Promise<void>
  /** Ends a pause now. */
  readonly wake: () => void
}

/** Tells changes of a file in a directory as they happen, where the system does (not with too many watches). */
export function watchFile(directory: string, fileName: string): FileWatch {
  let hasChanged = false
  let endPause: (() => void) | undefined
  const wake = (): void => {
    hasChanged = true
    endPause?.()
  }
  const watcher = tryWatch(directory, (name) => {
    if (name === fileName || name === null) wake()
  })
  const pause = async (milliseconds: number): Promise<void> => {
    if (!hasChanged)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        endPause = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    endPause = undefined
    hasChanged = false
  }
  return { isTold: watcher !== undefined, pause, wake, [Symbol.dispose]: () => watcher?.close() }
}

function tryWatch(directory: string, onChange: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, (_, name) => onChange(name))
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
