import { checkDriverOptions, checking, mountingOptions } from '@pgfork/core/driver'

export interface ZfsOptions {
  /**
   * Dataset of the source's pool in which clones are made. It is created if it is missing. Default: `<pool>/pgfork`.
   */
  readonly parent?: string
  /** Absolute path of the folder below which clones are mounted. Default `/var/lib/pgfork-zfs`. */
  readonly directory?: string
  /**
   * Absolute path of a folder of root's, closed to others, in which clones are mounted. With it an ordinary user needs no more than exact
   * lines in sudoers (docs/drivers/zfs.md), since it is root who makes the mount points. Default: in `directory`.
   */
  readonly mountDirectory?: string
  /** Words before every command, such as `['sudo', '-n']`. Default: none. */
  readonly prefix?: readonly string[]
  /** Time limit of one command. Default: the operation's. */
  readonly commandTimeoutMs?: number
  /** How long a removal waits for a dataset that is in use (H56). Default 10,000. */
  readonly busyTimeoutMs?: number
}

export interface Settings extends ZfsOptions {
  readonly directory: string
  readonly prefix: readonly string[]
  readonly busyTimeoutMs: number
}

/** Components of a dataset name as zfs(8) has them, none of which can be taken for an option. */
const datasetPattern = /^[A-Za-z][A-Za-z0-9_.:-]*(\/[A-Za-z0-9][A-Za-z0-9_.:-]*)*$/

const parent = checking(
  'the name of a dataset, such as tank/pgfork',
  (value) => typeof value === 'string' && datasetPattern.test(value),
)

/** @throws PgforkError `INVALID_OPTION` */
export function checkOptions(options: ZfsOptions): Settings {
  checkDriverOptions('zfs', options, { parent, ...mountingOptions })
  const { directory = '/var/lib/pgfork-zfs', prefix = [], busyTimeoutMs = 10_000 } = options
  return { ...options, directory, prefix: [...prefix], busyTimeoutMs }
}
