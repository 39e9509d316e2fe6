import type { OperationOptions } from '../../operation/operation.ts'

interface CopyOptions extends OperationOptions {
  /** As of a fork. Forks, standbys and imports have their names from one pool. */
  readonly name: string
  /**
   * The server elsewhere: a connection string with a host and a role. Without a password in it, `PGPASSWORD` and `~/.pgpass` count. Without
   * `sslmode`, TLS is used where the server has it, as by libpq. The password is kept in a file that only `owner` can read, and nowhere else.
   */
  readonly from: string
  /** For it alone, where forks are to be made: on Btrfs, ZFS, a thin volume or XFS. Its parent is there; it is not, or it is empty. */
  readonly directory: string
  /**
   * The user as whom the servers run, for root. Default: `postgres`, but for an import only where no other servers of his run, which would be lent to
   * whoever can make functions in what is imported (H112); for others: the caller.
   */
  readonly owner?: string
  /** A file in the format of `~/.pgpass`, that `owner` alone can read, which is used instead of one of our own. */
  readonly passfile?: string
  /** Folder of PostgreSQL's programs here. Default: searched. */
  readonly binDirectory?: string
}

export interface CreateStandbyOptions extends CopyOptions {
  /** TCP port on 127.0.0.1. Default: a free one, which it keeps. */
  readonly port?: number
  /**
   * Has the primary keep the WAL that the standby lacks, up to its `max_slot_wal_keep_size`; one that has no such bound is refused (H94).
   * Default false: then `wal_keep_size` is all that it keeps, and a standby that was away for longer is seeded anew.
   */
  readonly slot?: boolean
  /** PostgreSQL settings of the standby; they win over the primary's and pgfork's, and its forks inherit them. */
  readonly settings?: Readonly<Record<string, string>>
  /** The most that the base backup reads a second, to spare the primary and the network. Default: no limit. From 32 KiB to 1 GiB. */
  readonly maxBytesPerSecond?: number
  /**
   * The primary may run on this machine as the same user. Then nobody must make a tablespace there: the standby would write to its files (H127).
   * Default false.
   */
  readonly primaryIsHere?: boolean
}

export interface ImportDatabaseOptions extends CopyOptions {
  /** Default: all that may be connected to, but templates. */
  readonly databases?: readonly string[]
  /** Extensions that are left out, with all that only they bring; what else needs them fails. From PostgreSQL 14 on. */
  readonly withoutExtensions?: readonly string[]
  /** How many tables at a time, on both machines. Default: 4, and no more than there are CPUs here. */
  readonly jobs?: number
  /** How many generations stay, the newest among them. Default 2. */
  readonly keep?: number
  /** `false` gives everything to the superuser, where roles are not imported. Default true. */
  readonly keepOwners?: boolean
}
