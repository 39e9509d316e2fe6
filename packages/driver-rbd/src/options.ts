import { checkDriverOptions, checking, commonOptions, type OptionShape } from '@pgfork/core/driver'
import { defaultHost } from './default-host.ts'

export interface RbdOptions {
  /** Ceph's configuration. Default: `/etc/ceph/ceph.conf`. It also says where the keyring is. */
  readonly conf?: string
  /** The client whose key is used, without `client.`. Default: `admin`, whose key is refused (docs/drivers/rbd.md). */
  readonly user?: string
  /** The pool that forks go to. Default: their source's. */
  readonly pool?: string
  /** The namespace of that pool that forks go to. Default `forks`. */
  readonly namespace?: string
  /**
   * Where it is noted which timelines forks have, as `pool/namespace`. The same on all hosts that fork sources of one system identifier, whatever pools
   * these and their forks are in, and from the first fork on: what is noted elsewhere isn't looked at (H97). Default: where forks go.
   */
  readonly claims?: string
  /** What tells this host's forks from those of other hosts. Default: the host's name up to the first dot, and four digits of its machine id and that name. */
  readonly host?: string
  /** Absolute path of the folder below which clones are mounted. Default `/var/lib/pgfork-rbd`. */
  readonly directory?: string
  /** How a clone becomes a device. Default: the first that works here. */
  readonly mapper?: MapperName
  /** Words before every command, such as `['sudo', '-n']`. Default: none. */
  readonly prefix?: readonly string[]
  /** Time limit of one command. Default: the operation's. */
  readonly commandTimeoutMs?: number
  /** How long a command waits for a cluster that doesn't answer. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** How long a removal waits for a clone that is in use (H56). Default 10,000. */
  readonly busyTimeoutMs?: number
}

/** What makes a device of an image: the kernel's own client, Ceph's behind a network block device, or QEMU's behind a loop device. */
export type MapperName = 'kernel' | 'nbd' | 'qemu'

export interface Settings extends RbdOptions {
  readonly namespace: string
  readonly host: string
  readonly directory: string
  readonly prefix: readonly string[]
  readonly connectTimeoutMs: number
  readonly busyTimeoutMs: number
}

/** Nothing of it matters: it only saves commands. */
interface Memory {
  keyIsNarrow?: true
  mapper?: MapperName
  /** What the cluster told of its pools when an image was last looked at, until that is used for this image. */
  pools?: ToldPools & { readonly image: string }
  /** Clones that were made and not attached yet, which nobody can have open. */
  readonly made: Set<string>
}

export interface ToldPools {
  readonly rows: readonly PoolRow[]
  readonly readAt: number
}

/** Of a pool, as `ceph df detail` tells it. */
export interface PoolRow {
  readonly name: string
  readonly stats: { readonly stored: number; readonly max_avail: number; readonly quota_bytes?: number }
}

export const emptyMemory = (): Memory => ({ made: new Set() })

export interface DriverSettings extends Settings {
  /** What this object of the driver has found out. */
  readonly memory: Memory
}

/** Of pools, namespaces, images and clients: what no command takes for anything else. */
export const isPlainName = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.+:-]{0,94}$/.test(value)

const plainName = checking('a name of letters, digits and . _ + : -', isPlainName)

const shape: OptionShape<RbdOptions> = {
  ...commonOptions,
  ...{ conf: commonOptions.directory, user: plainName, pool: plainName, namespace: plainName },
  host: checking(
    'at most 24 of a-z 0-9 . -, beginning with a letter or digit',
    (value) => typeof value === 'string' && /^[a-z0-9][a-z0-9.-]{0,23}$/.test(value),
  ),
  claims: checking(
    'pool/namespace',
    (value) => typeof value === 'string' && /^[^/]+[/][^/]+$/.test(value) && value.split('/').every(isPlainName),
  ),
  mapper: checking("'kernel', 'nbd' or 'qemu'", (value) => ['kernel', 'nbd', 'qemu'].includes(value as string)),
  connectTimeoutMs: commonOptions.commandTimeoutMs,
}

/** @throws PgforkError `INVALID_OPTION` */
export function checkOptions(options: RbdOptions): Settings {
  checkDriverOptions('rbd', options, shape)
  const { namespace = 'forks', host = defaultHost(), directory = '/var/lib/pgfork-rbd' } = options
  const { prefix = [], connectTimeoutMs = 10_000, busyTimeoutMs = 10_000 } = options
  return { ...options, namespace, host, directory, prefix: [...prefix], connectTimeoutMs, busyTimeoutMs }
}
