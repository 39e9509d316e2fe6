import type { ClusterSnapshot, OperationOptions, Source } from '@pgfork/core'
import type { Client } from 'pg'

/** A part of what a template's content depends on: a text, or files by paths and globs, whose names and content count. */
export type KeyPart = string | { readonly files: string | readonly string[]; readonly directory?: string }

/** The server that a template is made of, while `setup` works on it. Nobody else is connected. */
export interface SetupServer {
  /** Connected as a superuser to `database`; ended afterwards. */
  readonly client: Client
  /** For tools that make connections of their own, over a Unix socket. */
  readonly connectionString: string
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }
}

export type Setup = (server: SetupServer) => Promise<unknown> | unknown

export type Settings = Readonly<Record<string, string | number | boolean>>

export interface TemplateOptions extends OperationOptions {
  /**
   * What the content depends on, such as `{ files: 'migrations/*.sql' }`. Besides, the text of `setup`, the server's
   * version, `settings`, `database`, `source` and the driver's name count. When any of it changes, a new template is made.
   */
  readonly key: KeyPart | readonly KeyPart[]
  /** Makes the content: migrations, seeds. */
  readonly setup?: Setup
  /**
   * A cluster to begin with, as `createFork` takes it. The content of a running one doesn't count in the key, a snapshot does.
   * Default: a freshly initialised cluster.
   */
  readonly source?: Source | ClusterSnapshot
  /** Settings of the servers, above the defaults for tests (`testSettings`). */
  readonly settings?: Settings
  /** Database of the connections; made before `setup` when it isn't there. Default `postgres`. */
  readonly database?: string
  /** Folder of `initdb` and `postgres`. Default: the source's; else the first on the PATH; else the newest installed. */
  readonly binDirectory?: string
  /** For people, and what old templates are counted by: 1 to 24 of `a-z 0-9 . _ -`. Default `template`. */
  readonly name?: string
  /**
   * Where templates and their servers lie when there is no `source`: best on Btrfs or XFS. Default: the environment's
   * `PGFORK_TEMPLATE_DIRECTORY`; else `/var/cache/pgfork` for root and `$XDG_CACHE_HOME/pgfork` (`~/.cache/pgfork`).
   */
  readonly directory?: string
}
