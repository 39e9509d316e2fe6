import { lstatSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fromSystemError, isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { notApplicable } from './not-applicable.ts'

/** An existing directory without symbolic links in its path. @throws PgforkError `DRIVER_NOT_APPLICABLE`, `PERMISSION_DENIED` */
export async function realDirectory(path: string): Promise<string> {
  try {
    const real = await realpath(path)
    if (!(await stat(real)).isDirectory()) throw notApplicable(real, 'is not a directory')
    return real
  } catch (error) {
    throw fromSystemError(error, 'DRIVER_NOT_APPLICABLE', `${path} could not be looked at`)
  }
}

/** The same for a folder of the driver's options that need not exist yet; its parent must. @throws PgforkError `DRIVER_NOT_APPLICABLE` */
export async function realFolder(directory: string): Promise<string> {
  const real = await realpath(directory).catch(() => undefined)
  if (real !== undefined) return real
  const parent = await realpath(dirname(directory)).catch((error: unknown) => {
    throw new PgforkError(
      'DRIVER_NOT_APPLICABLE',
      `The parent of the driver's "directory" ${directory} doesn't exist.`,
      { cause: error, facts: { directory } },
    )
  })
  return join(parent, basename(directory))
}

/** More often than others remove a folder in the meantime. */
const attempts = 20

/**
 * Looks at a folder, or at the nearest directory above it as long as it doesn't exist; and again when that was removed meanwhile, as
 * empty folders are with the last entry in them. Throws what `look` throws.
 */
export async function atExistingFolder<T>(folder: string, look: (existing: string) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await look(nearestDirectory(folder))
    } catch (error) {
      const { cause } = error as Error
      const isGone = isSystemError(error, 'ENOENT') || isSystemError(cause, 'ENOENT')
      if (!isGone || attempt === attempts) throw error
    }
  }
}

function nearestDirectory(path: string): string {
  for (let directory = path; ; directory = dirname(directory))
    if (lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() || directory === '/') return directory
}
