import type { Prepare } from '../../fork/run-prepare.ts'
import type { VerifyFunction } from '../../fork/verify/verify-by-sql.ts'
import type { OperationOptions } from '../../operation/operation.ts'
import type { BackgroundWorkers } from '../../postgres/settings/background-workers.ts'
import type { Durability } from '../../postgres/settings/fork-settings.ts'
import type { SpaceThresholds } from '../../snapshot/check-space.ts'
import type { ClusterSnapshot } from '../../snapshot/cluster-snapshot.ts'
import type { Source } from './read-source.ts'

/** What a fork is made of, apart from what it is made from. */
export interface ForkOptions extends OperationOptions {
  /** 1 to 48 of `a-z 0-9 . _ -`. Default: the data directory's name and eight random digits. */
  readonly name?: string
  /** TCP port on the loopback. Default: a free one below the kernel's range for outgoing connections. */
  readonly port?: number
  /** Settings of the fork. They win over the source's and over pgfork's own, but for those that make it a fork. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>
  /**
   * `new` (default): PostgreSQL sees that the fork is not its source, and neither can replicate from the other (H12).
   * `keep`: one recovery step less, for forks that no other server will ever meet.
   */
  readonly timeline?: 'new' | 'keep'
  /** Default `durable`. `throwaway` never flushes anything: faster, and lost when the machine crashes. */
  readonly durability?: Durability
  /**
   * Runs in `database` as a superuser while nobody else can connect, for example to mask what is personal. `connect` gives
   * sessions in other databases or as other roles. A superuser's statements also run what the owners of the tables wrote, such
   * as triggers, with his rights (H64): where they aren't trusted with the server's machine, connect as their role. One that
   * ends inside a transaction fails the fork, as its changes would be lost (H68).
   */
  readonly prepare?: Prepare
  /**
   * The caller's own check, after ours: what it throws fails the fork. `deep` also checks the checksum of every page where
   * the source has them (the fork is restarted for it), every B-tree index and table by amcheck, and collation versions.
   * `connect: false` proves the fork by its server's files alone, which saves the first connection (about 10 ms), and looks
   * for nothing that only SQL finds, such as prepared transactions. It is for many forks of one snapshot of a cleanly stopped
   * source, with `timeline: 'keep'`.
   */
  readonly verify?:
    | VerifyFunction
    | { readonly deep?: boolean; readonly check?: VerifyFunction; readonly connect?: boolean }
  /**
   * What becomes of preloaded libraries that act by themselves, such as pg_cron (H25), and of those that aren't known (H67).
   * Default `strict`: the former are silenced or left out, the latter left out. `{ keep: ['mine'] }` keeps some as they are.
   */
  readonly backgroundWorkers?: BackgroundWorkers
  /** Transactions prepared on the source come along and hold their locks (H27). Default `keep`. */
  readonly preparedTransactions?: 'keep' | 'rollback'
  /** `process` (default): the server ends with this process, however that ends. `persistent`: it outlives it. */
  readonly lifetime?: 'process' | 'persistent'
  /** After that many milliseconds `collectGarbage` removes the fork, whoever still uses it. Default: never. */
  readonly timeToLiveMs?: number
  /** `destroy` refuses, and collections pass it by, until `unprotect()`. Default false. */
  readonly protect?: boolean
  /** Keeps what `reset()` needs. Default: true where it costs nothing, on copy-on-write storage. */
  readonly resettable?: boolean
  /** Role of `connection`. Default: the one that the source lets in, else its owner's name or `postgres`. */
  readonly role?: string
  /** Database of `connection`. Default: that of `source.connection`, else `postgres`. */
  readonly database?: string
}

export interface CreateForkOptions extends ForkOptions {
  /** A running or stopped cluster of this machine, which its data directory or a connection names; a fork; or a snapshot. */
  readonly source: Source | ClusterSnapshot
  /**
   * A checkpoint of the source before the snapshot, so that the fork has next to nothing to recover. Default: made where
   * it is possible; `true` throws where it isn't.
   */
  readonly checkpoint?: boolean
  /** When storage counts as too full (H55). */
  readonly spaceThresholds?: Partial<SpaceThresholds>
}
