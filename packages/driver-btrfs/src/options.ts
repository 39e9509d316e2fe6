import { checkDriverOptions, commonOptions } from '@pgfork/core/driver'

export interface BtrfsOptions {
  /**
   * Absolute path of the folder for snapshots and clones. It must lie on the same Btrfs and is made if its parent exists.
   * Default: `.pgfork` beside the source's subvolume, or in it where another file system is beside it.
   */
  readonly directory?: string
  /** Words before every `btrfs` command, such as `['sudo', '-n']`. Default: none. */
  readonly prefix?: readonly string[]
  /** Time limit of one `btrfs` command. Default: the operation's. */
  readonly commandTimeoutMs?: number
  /** How long a removal waits for a subvolume that is in use (H56). Default 10,000. */
  readonly busyTimeoutMs?: number
}

export interface Settings extends BtrfsOptions {
  readonly prefix: readonly string[]
  readonly busyTimeoutMs: number
}

/** @throws PgforkError `INVALID_OPTION` */
export function checkOptions(options: BtrfsOptions): Settings {
  checkDriverOptions('btrfs', options, commonOptions)
  const { prefix = [], busyTimeoutMs = 10_000 } = options
  return { ...options, prefix: [...prefix], busyTimeoutMs }
}
