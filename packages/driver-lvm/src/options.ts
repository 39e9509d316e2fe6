import { checkDriverOptions, mountingOptions } from '@pgfork/core/driver'

export interface LvmOptions {
  /** Absolute path of the folder below which clones are mounted. Default `/var/lib/pgfork-lvm`. */
  readonly directory?: string
  /**
   * Absolute path of a folder of root's, closed to others, in which clones are mounted. With it an ordinary user needs no more than exact
   * lines in sudoers (docs/drivers/lvm.md), since it is root who makes the mount points. Default: in `directory`.
   */
  readonly mountDirectory?: string
  /** Words before every command, such as `['sudo', '-n']`. Default: none. */
  readonly prefix?: readonly string[]
  /** Time limit of one command. Default: the operation's. */
  readonly commandTimeoutMs?: number
  /** How long a removal waits for a volume that is in use (H56). Default 10,000. */
  readonly busyTimeoutMs?: number
}

export interface Settings extends LvmOptions {
  readonly directory: string
  readonly prefix: readonly string[]
  readonly busyTimeoutMs: number
}

export interface WarnedSettings extends Settings {
  /** What was said already, by this object of the driver. */
  readonly warned: Set<string>
}

/** @throws PgforkError `INVALID_OPTION` */
export function checkOptions(options: LvmOptions): Settings {
  checkDriverOptions('lvm', options, mountingOptions)
  const { directory = '/var/lib/pgfork-lvm', prefix = [], busyTimeoutMs = 10_000 } = options
  return { ...options, directory, prefix: [...prefix], busyTimeoutMs }
}
