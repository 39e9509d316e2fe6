import { checkDriverOptions, commonOptions } from '@pgfork/core/driver'

export interface CopyOptions {
  /**
   * Absolute path of the folder for snapshots and clones; it is made if its parent exists. Blocks can only be shared with
   * a source on the same file system. Default: `.pgfork` beside the source's directory.
   */
  readonly directory?: string
  /** How long a removal waits for files that are in use (H56). Default 10,000. */
  readonly busyTimeoutMs?: number
}

export interface Settings extends CopyOptions {
  readonly busyTimeoutMs: number
}

/** @throws PgforkError `INVALID_OPTION` */
export function checkOptions(options: CopyOptions): Settings {
  const { directory, busyTimeoutMs } = commonOptions
  checkDriverOptions('copy', options, { directory, busyTimeoutMs })
  return { ...options, busyTimeoutMs: options.busyTimeoutMs ?? 10_000 }
}
