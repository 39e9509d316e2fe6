import type { ClusterSnapshot, OperationOptions, Source } from '@pgfork/core'
import type { Client } from 'pg'

/** Part of what a template's content depends on: a text, or files by paths and globs, of which names and content count. */
export type KeyPart = string | { readonly files: string | readonly string[]; readonly directory?: string }

/** The server that `setup` works on. Nobody else is connected to it. */
export interface SetupServer {
  /** Connected to `database` as a superuser. It is ended for you. */
  readonly client: Client
  /** For tools that connect by themselves, over a Unix socket. */
  readonly connectionString: string
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }
}

/** Puts into the template what all tests begin with. */
export type Setup = (server: SetupServer) => Promise<unknown> | unknown

/** PostgreSQL settings by their names. */
export type Settings = Readonly<Record<string, string | number | boolean>>

export interface TemplateOptions extends OperationOptions {
  /**
   * What the content depends on, such as `{ files: 'migrations/*.sql' }`. When it changes, a new template is made; also when the
   * text of `setup`, the server's version, the libraries that sort its texts, the machine's time zone, `initdbOptions`, `settings`, `database`,
   * `source` or the driver's name changes. What `setup` calls, or holds from around it, isn't in its text.
   */
  readonly key: KeyPart | readonly KeyPart[]
  /** Makes the content: runs migrations, inserts seeds. When it has ended, all must be done and committed. */
  readonly setup?: Setup
  /**
   * A cluster to begin with, as `createFork` takes it. A snapshot counts in the key, the content of a running cluster doesn't.
   * Default: a freshly initialised cluster.
   */
  readonly source?: Source | ClusterSnapshot
  /**
   * More words for initdb, such as `['--locale-provider=icu', '--icu-locale=de', '--data-checksums']`, where there is no `source`.
   * They come after pgfork's own (`--locale=C --encoding=UTF8 --wal-segsize=1`) and count in the key. Default: none, so that
   * texts are sorted by their bytes.
   */
  readonly initdbOptions?: readonly string[]
  /** Settings of the servers. They override the defaults for tests (`testSettings`). */
  readonly settings?: Settings
  /** Database of the connections, created before `setup` if it doesn't exist. Default `postgres`. */
  readonly database?: string
  /** Folder of `initdb` and `postgres`. Default: the source's; else the first on the PATH; else the newest installed. */
  readonly binDirectory?: string
  /** Names the template for people, and groups old ones for pruning: 1 to 24 of `a-z 0-9 . _ -`, the first a letter or digit, no two dots in a row. Default `template`. */
  readonly name?: string
  /**
   * Where templates and their servers lie when there is no `source`: best on Btrfs or XFS. Default: the environment variable
   * `PGFORK_TEMPLATE_DIRECTORY`; else, if `pgfork storage init` has given this user a Btrfs at `/srv/pgfork`, `templates` in that; else
   * `/var/cache/pgfork` for root and `$XDG_CACHE_HOME/pgfork` (`~/.cache/pgfork`).
   */
  readonly directory?: string
}
