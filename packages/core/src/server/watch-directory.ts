import { type FSWatcher, watch } from 'node:fs'

export interface DirectoryWatch extends Disposable {
  /** Ends when a file directly in the directory has changed since the last pause, at the latest after this time. */
  readonly pause: (milliseconds: number) => Promise<void>
  /** Ends a pause now. */
  readonly wake: () => void
}

/** Tells changes in a directory as they happen. Where the system can't (too many watches), pauses take their whole time. */
export function watchDirectory(directory: string): DirectoryWatch {
  let hasChanged = false
  let endPause: (() => void) | undefined
  const wake = (): void => {
    hasChanged = true
    endPause?.()
  }
  const watcher = tryWatch(directory, wake)
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
  return { pause, wake, [Symbol.dispose]: () => watcher?.close() }
}

function tryWatch(directory: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, onChange)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
