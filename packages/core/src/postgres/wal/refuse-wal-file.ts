import { fstatSync } from 'node:fs'
import { isSystemError } from '../../errors/from-system-error.ts'
import { messageOf } from '../../errors/message-of.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'

/** How opening a link, a pipe, another's file, or one that somebody has a lease on ends, and reading one that is too large. */
const refused = ['ELOOP', 'EINVAL', 'EACCES', 'EPERM', 'ENXIO', 'EAGAIN', 'EFBIG'] as const

export const isRefusedFile = (error: unknown): boolean => refused.some((code) => isSystemError(error, code))

const writableByAll = 0o002

/**
 * Why a file with WAL could not be opened or read: undefined where there is none.
 *
 * @throws PgforkError `PERMISSION_DENIED` for what is no regular file of the directory's owner (H63)
 */
export function absentOrRefused(directory: Directory, name: string, error: unknown): undefined {
  if (isSystemError(error, 'ENOENT')) return undefined
  throw isRefusedFile(error) ? refusal(directory, name, 'H63', messageOf(error), error) : error
}

/** @throws PgforkError `PERMISSION_DENIED` for a file that everybody can write, whatever folder it lies in (H100) */
export function refuseWritable(directory: Directory, name: string, file: number): void {
  if ((fstatSync(file).mode & writableByAll) !== 0) throw refusal(directory, name, 'H100', 'everybody can write it.')
}

function refusal(directory: Directory, name: string, hazard: string, why: string, cause?: unknown): PgforkError {
  const path = `${directory.path}/${name}`
  return new PgforkError(
    'PERMISSION_DENIED',
    `${path} is not read as WAL: ${why} Put the file itself there, as one of the folder's owner that nobody else can write, or remove it.`,
    { hazard, facts: { path }, cause },
  )
}
