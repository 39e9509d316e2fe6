import type { WalArchiveOption } from '../../fork/archives.ts'
import type { Prepare } from '../../fork/run-prepare.ts'
import type { VerifyFunction } from '../../fork/verify/verify-by-sql.ts'
import type { OperationOptions } from '../../operation/operation.ts'
import type { Moment } from '../../postgres/moment/moment.ts'
import type { BackgroundWorkers } from '../../postgres/settings/background-workers.ts'
import type { Durability } from '../../postgres/settings/fork-settings.ts'
import type { SpaceThresholds } from '../../snapshot/check-space.ts'
import type { ClusterSnapshot } from '../../snapshot/cluster-snapshot.ts'
import type { Source } from './read-source.ts'

/** What a fork is made of, apart from what it is made from. */
export interface ForkOptions extends OperationOptions {
  /** 1 to 48 of `a-z 0-9 . _ -`, the first a letter or digit, no two dots in a row. Default: the data directory's name and eight random digits. */
  readonly name?: string
  /** TCP port on 127.0.0.1. Default: a free one below the kernel's range for outgoing connections. */
  readonly port?: number
  /** PostgreSQL settings. They override the source's and pgfork's, except for those that make the fork safe. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>
  /**
   * `new` (default): PostgreSQL sees that the fork is not its source, and neither can replicate from the other (H12).
   * `keep`: one recovery step less, for forks that will never replicate.
   */
  readonly timeline?: 'new' | 'keep'
  /** Default `durable`. `throwaway` never flushes anything: faster, but lost when the machine crashes. */
  readonly durability?: Durability
  /**
   * Runs in `database` as a superuser while nobody else can connect, for example to mask personal data. `connect` opens
   * sessions in other databases or as other roles. A superuser's statements also run code of the tables' owners, such as
   * triggers, with a superuser's rights (H64): if you don't trust them with the server's machine, connect as their role. If it
   * ends inside a transaction, the fork fails, because the changes would be lost (H68).
   */
  readonly prepare?: Prepare
  /**
   * A check of your own, after pgfork's: if it throws, the fork fails. `deep` also checks the checksum of every page where the
   * source has checksums (the fork is restarted for that), every B-tree index and table by amcheck, and collation versions.
   * `connect: false` verifies the fork by its server's files alone. That saves the first connection (about 10 ms) but finds
   * nothing that takes SQL, such as prepared transactions. It is meant for many forks of one snapshot of a cleanly stopped
   * source, with `timeline: 'keep'`. One with subscriptions is connected to all the same, to detach them (H24).
   */
  readonly verify?:
    | VerifyFunction
    | { readonly deep?: boolean; readonly check?: VerifyFunction; readonly connect?: boolean }
  /**
   * What becomes of preloaded libraries that act by themselves, such as pg_cron (H25), and of those that aren't known (H67).
   * Default `strict`: the former are silenced or not loaded, the latter are not loaded. `{ keep: ['mine'] }` keeps some.
   */
  readonly backgroundWorkers?: BackgroundWorkers
  /** Transactions that were prepared on the source are in the fork too and hold their locks (H27). Default `keep`. */
  readonly preparedTransactions?: 'keep' | 'rollback'
  /** `process` (default): the server ends with this process, however that ends. `persistent`: it outlives it. */
  readonly lifetime?: 'process' | 'persistent'
  /** After that many milliseconds `collectGarbage` removes the fork, even if it is in use. Default: never. */
  readonly timeToLiveMs?: number
  /** Until `unprotect()`, `destroy` refuses and `collectGarbage` leaves the fork alone. Default false. */
  readonly protect?: boolean
  /**
   * Also removes what processes left in this state directory that are proven to have ended: forks that were not to outlive them, and
   * what they were making. Most of it goes beside the steps; what takes longer than half a second more is left to the next time.
   * Default true.
   */
  readonly collectGarbage?: boolean
  /** Keeps what `reset()` needs. Default: true where it costs nothing, on copy-on-write storage. */
  readonly resettable?: boolean
  /** Role of `connection`. Default: the one that the source lets in, else its owner's name or `postgres`. */
  readonly role?: string
  /** Database of `connection`. Default: that of `source.connection`, else `postgres`. */
  readonly database?: string
}

export interface CreateForkOptions extends ForkOptions {
  /** A running or stopped cluster on this machine, by its data directory or by a connection; a fork; or a snapshot. */
  readonly source: Source | ClusterSnapshot
  /**
   * The past moment that the fork is to hold: a time (a `Date`, or ISO 8601 with a zone), a location in the WAL, right before or after
   * a transaction, a restore point. `source` is one whose history is recorded (`recordHistory`), or a snapshot that was taken before. See
   * docs/moments.md.
   *
   * @example
   * createFork({ source: '/srv/pg/main', at: '2026-01-02T14:03:00+01:00' })
   * createFork({ source: snapshot, at: { before: 4711 } })
   */
  readonly at?: Moment
  /**
   * With `at`: archives with WAL, folders or commands. What the source's history keeps is always looked into, and so is its `pg_wal`, as long
   * as it is there; a command fetches only what none of these has as a whole.
   */
  readonly wal?: WalArchiveOption | readonly WalArchiveOption[]
  /**
   * A checkpoint of the source before the snapshot, so that the fork has next to nothing to recover. Default: made if it pays
   * (docs/options.md, "When a checkpoint pays") and is possible. `true` throws if it isn't.
   */
  readonly checkpoint?: boolean
  /** Above these, no fork is made (H55). */
  readonly spaceThresholds?: Partial<SpaceThresholds>
}
