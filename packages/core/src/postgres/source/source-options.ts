import type { ClientConfig } from 'pg'
import type { UserIdentity } from '../../command/command-runner.ts'
import type { NamedFiles } from '../../files/named-files.ts'
import type { VolumeReference } from '../../storage/driver/snapshot-driver.ts'
import type { ServerPlace } from '../server/server-launcher.ts'
import type { SourceAccess } from './source-access.ts'

/** Where the source is and how to reach it. One of `dataDirectory` and `connection` is enough. */
export interface SourceOptions {
  /** Data directory of a running or stopped cluster. Default: what the server at `connection` says. */
  readonly dataDirectory?: string
  /**
   * How to connect to the running source: a connection string, or options of `pg.Client`. As a superuser, or a member of
   * `pg_monitor` and `pg_checkpoint` (15 and later). Default: its Unix socket, as the role named like the data directory's
   * owner or `postgres`. Its database is `postgres` unless it says another. It is kept in no
   * record and no error. `PGPASSWORD` and `~/.pgpass` count where it names a host, or the cluster is the caller's own: elsewhere the
   * owner says who listens.
   */
  readonly connection?: string | SourceConnection
  /** Folder of the `postgres` executable. Default: where the running server's own come from, else searched. */
  readonly binDirectory?: string
  /**
   * Instead of `dataDirectory`, of a server on another host: the volume that its data directory lies on, in storage that this host reaches,
   * too, as its driver knows it (`rbd.image('pool/image')` of `@pgfork/driver-rbd`). With it, `connection` is required, and TLS on the way. The server must run.
   */
  readonly volume?: VolumeReference
  /** With `volume`: where on it the data directory is, relative to its root. Default: found by the end of the path that the server names. */
  readonly directory?: string
}

/** Options of `pg.Client` that say which server, as whom, and by TLS or not. */
export type SourceConnection = Readonly<
  Pick<ClientConfig, 'connectionString' | 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>
>

/** The same, its connection string taken apart. */
export type ConnectionParameters = Omit<SourceConnection, 'connectionString'>

/** A source as it is worked with, once its data directory is known. */
export interface LocatedSource {
  readonly dataDirectory: string
  readonly connection?: ConnectionParameters | undefined
  readonly binDirectory?: string | undefined
  /** The likeliest superusers of a source that can't be asked. */
  readonly role?: string | undefined
  /** What to try of a running server where the caller says nothing: one that refuses it is forked without. */
  readonly guess?: ConnectionParameters | undefined
  readonly elsewhere?: Elsewhere | undefined
}

/** A source that only its own host can see: it is asked by SQL, and a snapshot of its volume shows the files. */
export interface RemoteSource {
  readonly connection: ConnectionParameters
  readonly volume: VolumeReference
  readonly directory?: string | undefined
  readonly binDirectory?: string | undefined
}

/** A server that is no process like ours: what it names has other names here. */
export interface Elsewhere {
  /** Where the servers of its forks run, and where the folder `binDirectory` is. */
  readonly place: ServerPlace
  readonly binDirectory: string
  /** Whom its server runs as. Default: the owner of the data directory, with the group that this machine says is his. */
  readonly owner?: UserIdentity | undefined
  /** What its server calls its data directory. */
  readonly dataDirectory: string
  /** The files that its server names, read with the rights of their owner at most (H63). */
  readonly files: NamedFiles
  /** The real path here of a directory that a link of the cluster's names. Default: the same. @throws PgforkError where it is nowhere here */
  readonly directoryHere?: ((path: string) => string) | undefined
  /** What is mounted over `pg_wal` there: its real path here. */
  readonly wal?: string | undefined
}

/** A source that another package of pgfork's finds: one in a container. */
export interface SourceElsewhere {
  readonly kind: 'elsewhere'
  /** For the names of its forks. */
  readonly name: string
  locate(access: SourceAccess): Promise<LocatedSource>
}
