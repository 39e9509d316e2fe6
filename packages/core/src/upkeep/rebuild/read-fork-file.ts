import { basename, dirname } from 'node:path'
import { isSystemError } from '../../errors/from-system-error.ts'
import { messageOf } from '../../errors/message-of.ts'
import { Directory } from '../../files/directory.ts'
import { type ForkFile, forkFileOf, parseForkFile } from '../../records/fork-file.ts'

export type ForkFileReading =
  | { readonly state: 'finished'; readonly file: ForkFile }
  | { readonly state: 'unfinished'; readonly reason: string }
  /** Something is there that pgfork didn't write. */
  | { readonly state: 'unclear'; readonly reason: string }

const mostBytes = 256 * 1024

/**
 * What the data directory of a clone says of its fork. The fork's user can write that file: no link is followed, no more is
 * read than pgfork ever writes, and it counts only if that user owns it.
 */
export function readForkFile(dataDirectory: string, uid: number, clones: readonly string[]): ForkFileReading {
  const path = forkFileOf(dataDirectory)
  const unclear = (reason: string): ForkFileReading => ({
    state: 'unclear',
    reason: `${path} ${reason}. The fork was left alone. Without that file it counts as never finished.`,
  })
  let text: string | undefined
  try {
    using folder = Directory.open(dirname(path))
    if (folder.stats.uid !== uid)
      return unclear(`lies in a folder of another user (uid ${folder.stats.uid}) than the data directory's`)
    text = folder.readText(basename(path), mostBytes)
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) return unclear(`cannot be read: ${messageOf(error)}`)
  }
  if (text === undefined) return { state: 'unfinished', reason: 'it was never finished' }
  const content = parseJson(text)
  if (isOfOthers(content, clones))
    return { state: 'unfinished', reason: 'it is a copy of a fork, and was never finished' }
  const parsed = parseForkFile(content)
  return parsed === undefined
    ? unclear('cannot be understood: it is damaged or of a newer pgfork')
    : { state: 'finished', file: parsed }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whatever else such a file says: it tells of other clones. */
function isOfOthers(content: unknown, clones: readonly string[]): boolean {
  const named = typeof content === 'object' && content !== null && 'clones' in content ? content.clones : undefined
  return Array.isArray(named) && typeof named[0] === 'string' && named[0] !== clones[0]
}
