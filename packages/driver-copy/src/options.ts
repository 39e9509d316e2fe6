import { isAbsolute } from 'node:path'
import { PgforkError } from '@pgfork/core'

export interface CopyOptions {
  /**
   * Absolute path of the folder for snapshots and clones; it is made if its parent exists. Blocks can only be shared with
   * a source on the same file system. Default: `.pgfork` beside the source's directory.
   */
  readonly directory?: string
  /** How long a removal waits for what keeps files busy (H56). Default 10,000. */
  readonly busyTimeoutMs?: number
}

export interface Settings extends CopyOptions {
  readonly busyTimeoutMs: number
}

/** @throws PgforkError `INVALID_OPTION` */
export function checkOptions(options: CopyOptions): Settings {
  const { directory, busyTimeoutMs = 10_000 } = options
  if (directory !== undefined && !(typeof directory === 'string' && isAbsolute(directory)))
    throw invalid('directory', 'an absolute path', directory)
  if (!(Number.isFinite(busyTimeoutMs) && busyTimeoutMs >= 0))
    throw invalid('busyTimeoutMs', 'a number of milliseconds', busyTimeoutMs)
  return { ...options, busyTimeoutMs }
}

const invalid = (option: string, expected: string, got: unknown): PgforkError =>
  new PgforkError('INVALID_OPTION', `copy(): ${option} must be ${expected}, not ${JSON.stringify(got)}.`, {
    facts: { option, got },
  })
