import { lstatSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isSystemError } from '../../errors/from-system-error.ts'
import { messageOf } from '../../errors/message-of.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { findUnsafe } from '../../files/check-place.ts'
import { isRoot } from '../../files/descriptor.ts'
import { Directory } from '../../files/directory.ts'
import { type ControlData, readControlData } from '../files/control-data.ts'
import { parseSegmentName, type SegmentName } from '../files/location.ts'
import { isRefusedFile } from '../wal/refuse-wal-file.ts'
import { SegmentFiles } from '../wal/segment-files.ts'

/** The `pg_wal` of the cluster that a snapshot was taken of, which goes on. */
export interface LiveWal {
  readonly directory: Directory
  readonly segmentBytes: number
  /** When it was opened. */
  readonly openedAt: Date
  /** The newest segment that it had begun then. Undefined for a standby, which may have received less than its primary has written. */
  readonly lastSegment: SegmentName | undefined
}

/**
 * A folder that the caller names, and what links there lead to. Who can put a link on the way leads to folders of his own only.
 *
 * @throws PgforkError `INVALID_OPTION` for a folder that can't be opened, `PERMISSION_DENIED`
 */
export function openWalFolder(path: string): Directory {
  const directory = openReal(path)
  try {
    refuseLedElsewhere(path, directory)
    refuseOpen(directory)
    return directory
  } catch (error) {
    directory[Symbol.dispose]()
    throw error
  }
}

function openReal(path: string): Directory {
  try {
    return Directory.open(realpathSync(path))
  } catch (error) {
    throw new PgforkError(
      'INVALID_OPTION',
      `The folder ${path} of the option wal can't be opened: ${messageOf(error)}`,
      {
        cause: error,
        facts: { option: 'wal', path },
      },
    )
  }
}

const writableByAll = 0o002
const sticky = 0o1000

/** Whoever writes WAL writes every page of the fork: its rows, who its superusers are, and so what runs as the owner of its server. */
function refuseOpen({ path, stats }: Directory): void {
  const isOpen = (stats.mode & writableByAll) !== 0
  const folder = isOpen ? path : foldersAbove(path).find(isExchangeable)
  if (folder === undefined) return
  const named = `The folder ${path} of the option wal`
  throw new PgforkError(
    'PERMISSION_DENIED',
    `${isOpen ? named : `${named} lies in ${folder}, which`} can be written by everybody, and what lies there decides what is in the fork. ` +
      `Close it: chmod o-w ${folder}. See that nobody has put a segment there.`,
    { hazard: 'H100', facts: { option: 'wal', path, folder } },
  )
}

/** From the nearest one up. */
function foldersAbove(path: string): string[] {
  const above = dirname(path)
  return above === path ? [] : [above, ...foldersAbove(above)]
}

/** Anybody puts another folder in the place of one that lies there; in a sticky one, `/tmp`, only the owner of that does. */
function isExchangeable(folder: string): boolean {
  const { mode } = lstatSync(folder)
  return (mode & writableByAll) !== 0 && (mode & sticky) === 0
}

/** Root reads what is anybody's, and the fork's owner gets it (H63). */
function refuseLedElsewhere(path: string, directory: Directory): void {
  const real = directory.path
  if (!isRoot() || real === resolve(path)) return
  // As if something lay in it: then the last component may be a link, too.
  const unsafe = findUnsafe(join(path, 'segment'))
  if (unsafe === undefined || unsafe.folder === real) return
  const { uid } = lstatSync(unsafe.folder)
  if (uid !== 0 && uid === directory.stats.uid) return
  throw new PgforkError(
    'PERMISSION_DENIED',
    `The folder ${path} of the option wal leads to ${real}, by way of ${unsafe.folder}, which ${unsafe.reason}. Name ${real} itself, if that is meant.`,
    { hazard: 'H63', facts: { option: 'wal', path, real, folder: unsafe.folder } },
  )
}

/** Undefined where the cluster is gone, or another one lies in its place. @param open its `pg_wal` */
export async function findLiveWal(
  dataDirectory: string,
  major: number,
  systemIdentifier: string,
  open = (source: Directory): Directory => source.openLinked('pg_wal'),
): Promise<LiveWal | undefined> {
  using source = Directory.find(dataDirectory)
  if (source === undefined) return undefined
  try {
    const control = await readControlData(source, major)
    if (control.systemIdentifier !== systemIdentifier) return undefined
    return await openLive(open(source), control)
  } catch (error) {
    const isGone = isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')
    if (isGone || (error instanceof PgforkError && error.code === 'SOURCE_NOT_A_CLUSTER')) return undefined
    throw isRefusedFile(error) ? ledElsewhere(dataDirectory, error) : error
  }
}

/** Its owner has put a link, or something else of another user's, in the place of a file or of `pg_wal`. */
const ledElsewhere = (dataDirectory: string, cause: unknown): PgforkError =>
  new PgforkError(
    'PERMISSION_DENIED',
    `The WAL of ${dataDirectory} is not read: ${messageOf(cause)}. Put the file or folder itself there.`,
    { hazard: 'H63', facts: { dataDirectory }, cause },
  )

async function openLive(directory: Directory, { state, walSegmentBytes: segmentBytes }: ControlData): Promise<LiveWal> {
  try {
    const isStandby = ['in archive recovery', 'shut down in recovery'].includes(state)
    const openedAt = new Date()
    const lastSegment = isStandby ? undefined : await findLastSegment(directory, segmentBytes)
    return { directory, segmentBytes, openedAt, lastSegment }
  } catch (error) {
    directory[Symbol.dispose]()
    throw error
  }
}

/** Segments of higher numbers are older ones, kept to be written again, which their pages tell. */
async function findLastSegment(wal: Directory, segmentBytes: number): Promise<SegmentName | undefined> {
  const names = wal.names().sort().reverse()
  for (const segment of names.flatMap((name) => parseSegmentName(name, segmentBytes) ?? [])) {
    const isOfHistory = ({ timeline }: SegmentName): boolean => timeline === segment.timeline
    await using segments = new SegmentFiles({ directories: [wal], segmentBytes, isOfHistory })
    if ((await segments.writtenBytesOf(segment.number)) > 0) return segment
  }
  return undefined
}
