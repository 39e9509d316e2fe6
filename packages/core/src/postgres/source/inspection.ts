import type { UserIdentity } from '../../command/command-runner.ts'
import type { ProcessIdentity } from '../../process/process-identity.ts'
import type { VolumeReference } from '../../storage/driver/snapshot-driver.ts'
import type { ControlData } from '../files/control-data.ts'
import type { ServerPlace } from '../server/server-launcher.ts'
import type { TcpAccess } from '../settings/tcp-access.ts'
import type { Layout } from './read-layout.ts'

/** What is known of a source before it is touched. Plain data without secrets: it is kept in records. */
export interface Inspection {
  /** Real path; of a remote source, on its own host. */
  readonly dataDirectory: string
  /** Whom the files belong to; of a remote source, whom they must belong to. */
  readonly owner: UserIdentity
  readonly major: number
  readonly binDirectory: string
  /** The postmaster, when it is proven to run on this machine. */
  readonly server: (ProcessIdentity & { readonly port: number }) | undefined
  /** Why it can't be told whether a server runs, as in another container (H71); undefined when it can. */
  readonly hidden: string | undefined
  /** Why there is no connection to a running source; undefined when there is one or when it is stopped. */
  readonly unreachable: string | undefined
  readonly control: ControlData
  /** The source's timeline: the newest one that it writes or follows. */
  readonly timeline: number
  /** The newest timeline that the source's files know of; a fork's is above it. */
  readonly newestTimeline: number
  /** A standby, or a cluster in the midst of a point-in-time recovery. */
  readonly isStandby: boolean
  /** Of a standby that can be connected to: up to where it has replayed its WAL (H41). */
  readonly replayPosition: string | undefined
  /** Of a primary that can be connected to: where it inserted its next record of WAL. */
  readonly insertPosition: string | undefined
  /** A superuser who may log in, for working in the forks: learnt from the source, else the likeliest one. */
  readonly role: string
  /** The settings in force, or in the files of a stopped source. */
  readonly settings: Readonly<Record<string, string>>
  readonly tcpAccess: TcpAccess
  readonly layout: Layout
  /** Where the servers of its forks run. Default: as processes of this machine. */
  readonly place?: ServerPlace
  /** Root in a container may have written its files (H118). */
  readonly isExposed?: boolean
  /** Of a source on another host, whose files can't be looked at before there is a snapshot of them. */
  readonly remote?: RemoteVolume
}

/** Where the files of a remote source are. */
export interface RemoteVolume {
  readonly volume: VolumeReference
  /** Of the data directory, relative to the volume's root. Default: to be found. */
  readonly directory?: string | undefined
}
