import { isAbsolute } from 'node:path'
import { PgforkError } from '@pgfork/core'

export interface LvmOptions {
  /** Absolute path of the folder below which clones are mounted. Default `/var/lib/pgfork-lvm`. */
  readonly directory?: string
  /** Words before every command, such as `['sudo', '-n']`. Default: none. */
  readonly prefix?: readonly string[]
  /** Time limit of one command. Default: the operation's. */
  readonly commandTimeoutMs?: number
  /** How long a removal waits for what keeps a volume busy (H56). Default 10,000. */
  readonly busyTimeoutMs?: number
}

export interface Settings extends LvmOptions {
  readonly directory: string
  readonly prefix: readonly string[]
  readonly busyTimeoutMs: number
}

/** @throws PgforkError `INVALID_OPTION` */
export function checkOptions(options: LvmOptions): Settings {
  const { directory = '/var/lib/pgfork-lvm', prefix = [], commandTimeoutMs, busyTimeoutMs = 10_000 } = options
  if (!(typeof directory === 'string' && isAbsolute(directory)))
    throw invalid('directory', 'an absolute path', directory)
  if (!Array.isArray(prefix) || prefix.some((word) => typeof word !== 'string' || word === ''))
    throw invalid('prefix', "an array of words, such as ['sudo', '-n']", prefix)
  if (commandTimeoutMs !== undefined && !(Number.isFinite(commandTimeoutMs) && commandTimeoutMs > 0))
    throw invalid('commandTimeoutMs', 'a number of milliseconds above 0', commandTimeoutMs)
  if (!(Number.isFinite(busyTimeoutMs) && busyTimeoutMs >= 0))
    throw invalid('busyTimeoutMs', 'a number of milliseconds', busyTimeoutMs)
  return { ...options, directory, prefix: [...prefix], busyTimeoutMs }
}

const invalid = (option: string, expected: string, got: unknown): PgforkError =>
  new PgforkError('INVALID_OPTION', `lvm(): ${option} must be ${expected}, not ${JSON.stringify(got)}.`, {
    facts: { option, got },
  })
