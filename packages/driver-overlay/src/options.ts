import process from 'node:process'
import { checkDriverOptions, checking, commonOptions } from '@pgfork/core/driver'

export interface OverlayOptions {
  /**
   * Absolute path of the folder for snapshots and clones; it is made if its parent exists. Its file system must be one that overlayfs
   * writes to: ext4, XFS, Btrfs, tmpfs. Default: `.pgfork` beside the source's directory.
   */
  readonly directory?: string
  /**
   * Nothing of a clone is flushed to disk, not even on PostgreSQL's demand, which makes starting on ext4 twice as fast. A clone
   * is lost with a crash of the machine, and is refused after it. For servers of tests. Default false.
   */
  readonly volatile?: boolean
  /** Words before every command that mounts. Default: none for root, `['sudo', '-n']` for everybody else. */
  readonly prefix?: readonly string[]
  /** Time limit of one command. Default: the operation's. */
  readonly commandTimeoutMs?: number
  /** How long a removal waits for files that are in use (H56). Default 10,000. */
  readonly busyTimeoutMs?: number
}

export interface Settings extends OverlayOptions {
  readonly volatile: boolean
  readonly prefix: readonly string[]
  readonly busyTimeoutMs: number
}

/** @throws PgforkError `INVALID_OPTION` */
export function checkOptions(options: OverlayOptions): Settings {
  checkDriverOptions('overlay', options, {
    ...commonOptions,
    volatile: checking('true or false', (value) => typeof value === 'boolean'),
  })
  const ofUser = process.geteuid?.() === 0 ? [] : ['sudo', '-n']
  const { volatile = false, prefix = ofUser, busyTimeoutMs = 10_000 } = options
  return { ...options, volatile, prefix: [...prefix], busyTimeoutMs }
}
