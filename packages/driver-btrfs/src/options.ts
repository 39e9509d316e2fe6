import { isAbsolute } from 'node:path'
import { PgforkError } from '@pgfork/core'

export interface BtrfsOptions {
  /**
   * Absolute path of the folder for snapshots and clones. It must lie on the same Btrfs and is made if its parent exists.
   * Default: `.pgfork` beside the source's subvolume or, where what is beside it is another file system, in it.
   */
  readonly directory?: string
  /** Words before every `btrfs` command, such as `['sudo', '-n']`. Default: none. */
  readonly prefix?: readonly string[]
  /** Time limit of one `btrfs` command. Default: the operation's. */
  readonly commandTimeoutMs?: number
  /** How long a removal waits for what keeps a subvolume busy (H56). Default 10,000. */
  readonly busyTimeoutMs?: number
}

export interface Settings extends BtrfsOptions {
  readonly prefix: readonly string[]
  readonly busyTimeoutMs: number
}

/** @throws PgforkError `INVALID_OPTION` */
export function checkOptions(options: BtrfsOptions): Settings {
  const { directory, prefix = [], commandTimeoutMs, busyTimeoutMs = 10_000 } = options
  if (directory !== undefined && !(typeof directory === 'string' && isAbsolute(directory)))
    throw invalid('directory', 'an absolute path', directory)
  if (!Array.isArray(prefix) || prefix.some((word) => typeof word !== 'string' || word === ''))
    throw invalid('prefix', "an array of words, such as ['sudo', '-n']", prefix)
  if (commandTimeoutMs !== undefined && !(Number.isFinite(commandTimeoutMs) && commandTimeoutMs > 0))
    throw invalid('commandTimeoutMs', 'a number of milliseconds above 0', commandTimeoutMs)
  if (!(Number.isFinite(busyTimeoutMs) && busyTimeoutMs >= 0))
    throw invalid('busyTimeoutMs', 'a number of milliseconds', busyTimeoutMs)
  return { ...options, prefix: [...prefix], busyTimeoutMs }
}

const invalid = (option: string, expected: string, got: unknown): PgforkError =>
  new PgforkError('INVALID_OPTION', `btrfs(): ${option} must be ${expected}, not ${JSON.stringify(got)}.`, {
    facts: { option, got },
  })
