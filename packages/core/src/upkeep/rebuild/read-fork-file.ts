import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { isSystemError } from '../../errors/from-system-error.ts'
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
    reason: `${path} ${reason}. It was left alone. Remove that file to have it counted as never finished.`,
  })
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return { state: 'unfinished', reason: 'it was never finished' }
    return unclear(`cannot be opened: ${error instanceof Error ? error.message : String(error)}`)
  }
  try {
    const found = fstatSync(file)
    if (!found.isFile()) return unclear('is no file')
    if (found.uid !== uid) return unclear(`belongs to another user (uid ${found.uid}) than the data directory`)
    if (found.size > mostBytes) return unclear(`has ${found.size} bytes, more than pgfork writes`)
    const content = parseJson(readFileSync(file, 'utf8'))
    if (isOfOthers(content, clones))
      return { state: 'unfinished', reason: 'it is a copy of a fork, and was never finished' }
    const parsed = parseForkFile(content)
    return parsed === undefined
      ? unclear('cannot be understood: it is damaged or of a newer pgfork')
      : { state: 'finished', file: parsed }
  } finally {
    closeSync(file)
  }
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
