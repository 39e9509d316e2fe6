import { lstatSync } from 'node:fs'
import process from 'node:process'
import type { UserIdentity } from '../../command/command-runner.ts'
import { messageOf } from '../../errors/message-of.ts'
import { isPgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'
import type { Operation } from '../../operation/operation.ts'
import { readControlData } from '../../postgres/files/control-data.ts'
import { findServer } from '../../postgres/server/find-server.ts'
import { ownerOf } from '../../process/owner-of.ts'
import type { ForkFile } from '../../records/fork-file.ts'
import type { StoredCopy } from '../../storage/driver/driver-set.ts'
import { checkSocketDirectory, type SocketPlace } from './check-socket-directory.ts'
import { findClusters } from './find-clusters.ts'
import { type CopyGroup, indexOf } from './group-copies.ts'
import { readForkFile } from './read-fork-file.ts'

/** A fork that was finished, and where its files are now. */
export interface FinishedFork extends SocketPlace {
  readonly state: 'finished'
  readonly dataDirectory: string
  readonly owner: UserIdentity
  readonly file: ForkFile
}

/** The server of a fork whose making was cut off. */
export interface CutOffServer extends SocketPlace {
  readonly dataDirectory: string
  readonly owner: UserIdentity
  readonly port: number
}

export type Inspected =
  | FinishedFork
  | { readonly state: 'unfinished'; readonly reason: string; readonly server: CutOffServer | undefined }
  | { readonly state: 'unclear'; readonly reason: string }

const unclear = (reason: string): Inspected => ({ state: 'unclear', reason })

/**
 * Finds out what the clones of a lost record are. Only what is known for certain to be unfinished is called so, since that is
 * removed.
 */
export async function inspectGroup(operation: Operation, group: CopyGroup, isDryRun: boolean): Promise<Inspected> {
  const numbers = group.clones.map(indexOf)
  const [first] = group.clones
  if (first === undefined || numbers[0] !== 0)
    return unclear(
      'Its data directory is not in this storage. Name a path in every storage that the source lies on; what is left of a fork that was ' +
        'half removed has to be removed by hand.',
    )
  if (new Set(numbers).size !== numbers.length) return unclear('Several clones have one name.')
  const root = await findRoot(operation, first, isDryRun)
  if (typeof root !== 'string') return root
  const { directories, isComplete } = await findClusters(root)
  const readings = directories.map((dataDirectory) => {
    const owner = ownerOf(lstatSync(dataDirectory))
    const names = group.clones.map(({ name }) => name)
    return { dataDirectory, owner, names, reading: readForkFile(dataDirectory, owner.uid, names) }
  })
  for (const { reading, ...rest } of readings)
    if (reading.state === 'finished') return checkFinished({ ...rest, file: reading.file })
  for (const { reading } of readings) if (reading.state === 'unclear') return reading
  if (!isComplete) return unclear(`Not all directories below ${root} could be looked into.`)
  const reason = readings.map(({ reading }) => (reading.state === 'unfinished' ? reading.reason : ''))[0]
  for (const { dataDirectory, owner } of readings) {
    const found = await findServer(dataDirectory, operation.runner).catch(
      (error: unknown) => ({ status: 'hidden', reason: String(error) }) as const,
    )
    if (found.status === 'none') continue
    if (found.status === 'hidden') return unclear(`Whether its server runs can't be told from here: ${found.reason}.`)
    const { port, socketDirectory } = found.postmaster
    const place = checkSocketDirectory(dataDirectory, socketDirectory, owner.uid)
    if (typeof place === 'string') return unclear(`Its server (pid ${found.identity.pid}) runs. ${place}`)
    return { state: 'unfinished', reason: notFinished(reason), server: { ...place, dataDirectory, owner, port } }
  }
  return { state: 'unfinished', reason: notFinished(reason), server: undefined }
}

const notFinished = (reason = 'it holds no cluster'): string => `The making of this fork was cut off: ${reason}.`

/** Where a clone is visible. */
async function findRoot(operation: Operation, clone: StoredCopy, isDryRun: boolean): Promise<string | Inspected> {
  if (isDryRun)
    return (
      clone.path ??
      unclear(
        'Its files are not visible, and a dry run mounts nothing: what it is will be found out when it is rebuilt.',
      )
    )
  try {
    const root = await operation.drivers.attach(clone, operation.driverContext())
    if (clone.path === undefined || clone.path === root) return root
    return unclear(`It lies at ${clone.path}, and not at ${root}, where its driver looks for it.`)
  } catch (error) {
    if (isPgforkError(error, 'COPY_MISSING') && clone.path === undefined)
      return { state: 'unfinished', reason: notFinished('it has no files'), server: undefined }
    return unclear(`It can't be made visible: ${messageOf(error)}`)
  }
}

interface Claimed extends Pick<FinishedFork, 'dataDirectory' | 'owner' | 'file'> {
  readonly names: readonly string[]
}

/** What a fork says of itself is believed as far as its files bear it out. */
async function checkFinished({ dataDirectory, owner, file, names }: Claimed): Promise<Inspected> {
  const missing = file.clones.filter((name) => !names.includes(name))
  if (missing.length > 0 || file.clones.length !== names.length)
    return unclear(
      `It has ${file.clones.length} copies, of which ${missing.length} are not in this storage. Name a path in every storage that ` +
        'the source lies on.',
    )
  const self = process.geteuid?.()
  if (owner.uid === 0 || (self !== 0 && owner.uid !== self))
    return unclear(`${dataDirectory} belongs to uid ${owner.uid}.`)
  try {
    using directory = Directory.open(dataDirectory)
    const major = Number.parseInt(directory.readText('PG_VERSION') ?? '', 10)
    const { systemIdentifier } = await readControlData(directory, major)
    if (major !== file.major || systemIdentifier !== file.systemIdentifier)
      return unclear(`${dataDirectory} holds another cluster than its fork.json says.`)
  } catch (error) {
    return unclear(`${dataDirectory} can't be read: ${messageOf(error)}`)
  }
  const place = checkSocketDirectory(dataDirectory, file.socketDirectory, owner.uid)
  return typeof place === 'string' ? unclear(place) : { state: 'finished', ...place, dataDirectory, owner, file }
}
