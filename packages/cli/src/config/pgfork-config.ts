import type { CreateForkOptions, OperationOptions, SourceConnection, SourceOptions } from '@pgfork/core'
import type { BtrfsOptions } from '@pgfork/driver-btrfs'
import type { CopyOptions } from '@pgfork/driver-copy'
import type { LvmOptions } from '@pgfork/driver-lvm'
import type { OverlayOptions } from '@pgfork/driver-overlay'
import type { RbdOptions } from '@pgfork/driver-rbd'
import type { ZfsOptions } from '@pgfork/driver-zfs'

export interface DriverOptions {
  /** What `btrfs()` takes. */
  readonly btrfs?: BtrfsOptions
  /** What `zfs()` takes. */
  readonly zfs?: ZfsOptions
  /** What `lvm()` takes. */
  readonly lvm?: LvmOptions
  /** What `copy()` takes. */
  readonly copy?: CopyOptions
  /** What `overlay()` takes. */
  readonly overlay?: OverlayOptions
  /** What `rbd()` takes. */
  readonly rbd?: RbdOptions
}

/** What the command line gives itself. */
type Own = Exclude<keyof OperationOptions, 'timeouts'> | 'source' | 'name' | 'lifetime'

/** What `pgfork.config.ts` or `pgfork.config.json` holds. The command line and the environment win over it. */
export interface PgforkConfig {
  /** What `create`, `run`, `snapshot create`, `history` and `doctor` take when they are given none: a data directory, or a connection of a server here. */
  readonly source?: string | SourceConnection | SourceOptions
  readonly stateDirectory?: string
  /** The only storage driver that is asked for a source. Default: the first that serves it, of Btrfs, ZFS, LVM, RBD and copies. */
  readonly driver?: keyof DriverOptions
  /** Options of the drivers, such as `{ btrfs: { prefix: ['sudo', '-n'] } }`. */
  readonly drivers?: DriverOptions
  /** Options of every fork that `create` and `run` make; `prepare` is also what `reset` repeats. */
  readonly create?: Omit<CreateForkOptions, Own>
}
