import { isAbsolute } from 'node:path'
import { PgforkError } from '@pgfork/core'

export interface ZfsOptions {
  /**
   * Dataset that clones are made in, of the source's pool; made when it is missing. Default: `<pool>/pgfork`.
   */
  readonly parent?: string
  /** Absolute path of the folder below which clones are mounted. Default `/var/lib/pgfork-zfs`. */
  readonly directory?: string
  /** Words before every command, such as `['sudo', '-n']`. Default: none. */
  readonly prefix?: readonly string[]
  /** Time limit of one command. Default: the operation's. */
  readonly commandTimeoutMs?: number
  /** How long a removal waits for what keeps a dataset busy (H56). Default 10,000. */
  readonly busyTimeoutMs?: number
}

export interface Settings extends ZfsOptions {
  readonly directory: string
  readonly prefix: readonly string[]
  readonly busyTimeoutMs: number
}

/** Components of a dataset name as zfs(8) has them, none of which can be taken for an option. */
const datasetPattern = /^[A-Za-z][A-Za-z0-9_.:-]*(\/[A-Za-z0-9][A-Za-z0-9_.:-]*)*$/

/** @throws PgforkError `INVALID_OPTION` */
export function checkOptions(options: ZfsOptions): Settings {
  const { parent, directory = '/var/lib/pgfork-zfs', prefix = [], commandTimeoutMs, busyTimeoutMs = 10_000 } = options
  if (parent !== undefined && !(typeof parent === 'string' && datasetPattern.test(parent)))
    throw invalid('parent', 'the name of a dataset, such as tank/pgfork', parent)
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
  new PgforkError('INVALID_OPTION', `zfs(): ${option} must be ${expected}, not ${JSON.stringify(got)}.`, {
    facts: { option, got },
  })
