import type { Client } from 'pg'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'
import { noteVolumeOf } from '../../files/exposed.ts'
import { userName } from '../../process/user-name.ts'
import { type ControlData, readControlData } from '../files/control-data.ts'
import { readNewestTimeline } from '../files/newest-timeline.ts'
import { type FoundServer, findPostmasterPid, findServer } from '../server/find-server.ts'
import type { SessionBounds } from '../sql/bounded-client.ts'
import { endSession } from '../sql/end-session.ts'
import { askServer } from './ask-server.ts'
import { checkDataDirectory } from './check-data-directory.ts'
import { checkSameCluster } from './check-same-cluster.ts'
import { type ConnectedSource, type ConnectResult, connectSource } from './connect-source.ts'
import { findBinaries } from './find-binaries.ts'
import { inspectAgain } from './inspect-again.ts'
import type { Inspection } from './inspection.ts'
import { noteContainerOf } from './note-container.ts'
import { type Layout, openWal, readLayout } from './read-layout.ts'
import { readSourceSettings } from './read-source-settings.ts'
import { readTcpAccess } from './read-tcp-access.ts'
import { refuseExclusiveBackup } from './refuse-exclusive-backup.ts'
import type { SourceAccess } from './source-access.ts'
import type { ConnectionParameters, LocatedSource } from './source-options.ts'

export interface InspectedSource extends AsyncDisposable {
  readonly inspection: Inspection
  /** Open until `endSession`; undefined where the source is stopped or can't be reached. */
  readonly client: Client | undefined
  /** Another session, which the caller ends. Default: in the same database. */
  readonly connect: ((database?: string) => Promise<Client>) | undefined
  /** Names of the files in its `pg_wal`, as it is now. Undefined where its server is to be asked and doesn't answer. */
  listWal(): Promise<readonly string[] | undefined>
  /** Nothing of ours stays in the source while the fork goes on being made (H69). */
  endSession(): Promise<void>
}

/**
 * Finds out everything about a source that forking it depends on, without changing it.
 *
 * @param meanwhile what is done with its real path, once that is known to be one to fork, while the server answers; it does not fail
 * @throws PgforkError `SOURCE_NOT_FOUND`, `SOURCE_NOT_A_CLUSTER`, `SOURCE_WRONG_OWNER`, `BINARIES_NOT_FOUND`,
 * `VERSION_MISMATCH`, `CONNECTION_REQUIRED`, `LAYOUT_REFUSED`, `SETTING_REFUSED`
 */
export async function inspectSource(
  source: LocatedSource,
  access: SourceAccess,
  meanwhile: (dataDirectory: string) => Promise<void> = async () => {},
): Promise<InspectedSource> {
  let pending: Promise<void> | undefined
  const begin = (dataDirectory: string): void => {
    pending ??= meanwhile(dataDirectory)
  }
  try {
    return await inspectAgain(() => inspectOnce(source, access, begin))
  } finally {
    await pending
  }
}

async function inspectOnce(
  source: LocatedSource,
  access: SourceAccess,
  begin: (dataDirectory: string) => void,
): Promise<InspectedSource> {
  const { runner } = access
  const { elsewhere } = source
  const { dataDirectory, major, ...checked } = await checkDataDirectory(source.dataDirectory)
  const owner = elsewhere?.owner ?? checked.owner
  if (owner.uid !== checked.owner.uid) throw givenAway(dataDirectory, owner.uid, checked.owner.uid)
  const found = await findServer(dataDirectory, runner)
  const server = found.status === 'running' ? { ...found.identity, port: found.postmaster.port } : undefined
  const isOfVolume = noteVolumeOf(dataDirectory)
  const isInContainer = server === undefined ? found.status === 'hidden' : await noteContainerOf(server.pid)
  const hidden = found.status === 'hidden' ? found.reason : undefined
  const connecting = connect(source, found, { dataDirectory, owner, major, bounds: access.sourceBounds })
  const finding =
    elsewhere?.binDirectory ??
    findBinaries({ dataDirectory, owner, major, binDirectory: source.binDirectory, pid: server?.pid }, runner)
  begin(dataDirectory)
  await Promise.allSettled([connecting, finding])
  const connected = await connecting
  const client = connected?.client
  try {
    const binDirectory = await finding
    using directory = Directory.open(dataDirectory)
    const layout = readLayout(directory, elsewhere)
    const place = { directory, binDirectory, client, owner, elsewhere }
    const [control, settings] = await Promise.all([
      readControlData(directory, major),
      readSourceSettings(place, runner),
    ])
    const tcpAccess = await readTcpAccess({ ...place, major, settings }, runner)
    const asked = client && (await askServer(client))
    const isStandby = asked?.isStandby ?? looksLikeStandby(directory, control)
    if (found.status !== 'none' && !isStandby) refuseExclusiveBackup(directory)
    using wal = openWal(directory, layout)
    const newestTimeline = readNewestTimeline(wal, control)
    const inspection: Inspection = {
      dataDirectory,
      owner,
      major,
      binDirectory,
      server,
      hidden,
      unreachable: connected?.reason,
      control,
      timeline: asked === undefined || isStandby ? newestTimeline : (asked.timeline ?? control.checkpointTimeline),
      newestTimeline,
      isStandby,
      replayPosition: asked?.replayPosition,
      insertPosition: asked?.insertPosition,
      role:
        asked?.superuser ??
        source.connection?.user ??
        source.guess?.user ??
        source.role ??
        (await userName(owner.uid)) ??
        'postgres',
      settings,
      tcpAccess,
      layout,
      ...(elsewhere === undefined ? {} : { place: elsewhere.place }),
      ...(isOfVolume || isInContainer || elsewhere !== undefined ? { isExposed: true } : {}),
    }
    let ending: Promise<void> | undefined
    const end = async (): Promise<void> => {
      ending ??= client && endSession(client)
      await ending
    }
    const listWal = async (): Promise<string[]> => namesInWal(dataDirectory, layout)
    return { inspection, client, connect: connected?.connect, listWal, endSession: end, [Symbol.asyncDispose]: end }
  } catch (error) {
    if (client !== undefined) await endSession(client)
    throw error
  }
}

/** Root in a container may give it to root of this machine for a moment, as whom nothing is to be done. */
const givenAway = (dataDirectory: string, from: number, to: number): PgforkError =>
  new PgforkError(
    'SOURCE_WRONG_OWNER',
    `${dataDirectory} was given away meanwhile, by the user ${from} to the user ${to}. Fork it when that is over.`,
    { hazard: 'H84', facts: { dataDirectory, owner: to, before: from } },
  )

/** Undefined for a source that nobody runs and that the caller doesn't want to be connected to. */
async function connect(
  source: LocatedSource,
  found: FoundServer,
  cluster: Pick<Inspection, 'dataDirectory' | 'owner' | 'major'> & { readonly bounds: SessionBounds },
): Promise<ConnectResult | undefined> {
  const given = source.connection
  if (given === undefined && found.status === 'none') return undefined
  if (given === undefined && source.guess !== undefined) return tryConnection(source.guess, cluster)
  if (given === undefined && found.status === 'hidden') return { reason: `its server can't be found: ${found.reason}` }
  const postmaster = findPostmasterPid(cluster.dataDirectory)
  const connected = await connectSource({ postmaster, ...cluster, given })
  if (connected.client !== undefined) return checkConnection(connected, given === undefined, cluster)
  if (given === undefined) return connected
  throw new PgforkError(
    'CONNECTION_REQUIRED',
    `The source ${source.dataDirectory} does not accept source.connection (${connected.reason}). Correct it or leave it out.`,
    { facts: { dataDirectory: source.dataDirectory, reason: connected.reason } },
  )
}

/** As another package believes that it may be connected to. */
async function tryConnection(
  given: ConnectionParameters,
  cluster: Pick<Inspection, 'dataDirectory' | 'owner' | 'major'> & { readonly bounds: SessionBounds },
): Promise<ConnectResult> {
  const connected = await connectSource({ postmaster: findPostmasterPid(cluster.dataDirectory), ...cluster, given })
  return connected.client === undefined ? connected : checkConnection(connected, true, cluster)
}

/** What a server calls its socket's path is another's in our file system, where it runs in a container. */
async function checkConnection(
  connected: ConnectedSource,
  isOurGuess: boolean,
  { dataDirectory, major }: Pick<Inspection, 'dataDirectory' | 'major'>,
): Promise<ConnectResult> {
  try {
    await checkSameCluster(connected.client, dataDirectory, major)
    return connected
  } catch (error) {
    await endSession(connected.client)
    if (isOurGuess && isPgforkError(error, 'SOURCE_NOT_FOUND')) return { reason: error.message }
    throw error
  }
}

/** Of a standby or of a point-in-time recovery: for a fork they are alike. */
const recoveryFiles = ['standby.signal', 'recovery.signal', 'recovery.conf']

/** Of a source that can't be asked. The state counts where somebody has removed the file (H40). */
function looksLikeStandby(dataDirectory: Directory, { state }: ControlData): boolean {
  if (state === 'in archive recovery' || state === 'shut down in recovery') return true
  const names = dataDirectory.names()
  return recoveryFiles.some((name) => names.includes(name))
}

function namesInWal(path: string, layout: Layout): string[] {
  using dataDirectory = Directory.open(path)
  using wal = openWal(dataDirectory, layout)
  return wal.names()
}
