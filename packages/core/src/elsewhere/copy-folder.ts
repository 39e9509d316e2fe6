import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { UserIdentity } from '../command/command-runner.ts'
import { fromSystemError, isSystemError } from '../errors/from-system-error.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { checkPlace } from '../files/check-place.ts'
import { isRoot } from '../files/descriptor.ts'
import type { Operation } from '../operation/operation.ts'
import type { Generation } from '../records/generation.ts'
import { defaultFolderName } from '../storage/kit/default-folder.ts'
import { fileSystemSpace } from '../storage/kit/file-system-space.ts'
import { isBelow } from '../storage/kit/is-below.ts'
import type { Reach } from './open-sessions.ts'
import { type Passfile, removePassfile, writePassfile } from './passfile.ts'
import { makeVolume, removeVolumeAt } from './volume.ts'

/**
 * Of the folder of a standby or an import: one that isn't there yet, or that is empty, such as the top of a file system of its own. What forks of
 * an earlier one have there is no obstacle.
 *
 * @throws PgforkError `TARGET_EXISTS`, `INVALID_OPTION`, `PERMISSION_DENIED` (H61)
 */
export function checkNewFolder(directory: string): void {
  checkPlace(directory, 'Or choose another directory.')
  if (!existsSync(dirname(directory)))
    throw new PgforkError(
      'INVALID_OPTION',
      `${dirname(directory)}, in which ${directory} is to be made, is not there. Make it first.`,
      { facts: { option: 'directory' } },
    )
  const found = existsSync(directory) ? readdirSync(directory).filter((name) => !harmless.includes(name)) : []
  if (found.length > 0)
    throw new PgforkError(
      'TARGET_EXISTS',
      `${directory} is not empty: there is ${found.slice(0, 3).join(', ')}. Choose an empty directory, or one that isn't there.`,
      { facts: { directory, found: found.slice(0, 3) } },
    )
}

const harmless = [defaultFolderName, 'lost+found']

/** Its generations' owner passes through it, and can put nothing in the place of what root works with (H59). */
export function makeCopyFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    chmodSync(directory, isRoot() ? 0o711 : 0o700)
  } catch (error) {
    throw fromSystemError(error, 'PERMISSION_DENIED', `${directory} can't be made`)
  }
}

/** What of it is there. What others have put there stays, and so does the folder then: forks may have theirs there. */
export async function removeCopyFolder(
  operation: Operation,
  { directory, passfile }: { readonly directory: string; readonly passfile?: Passfile | undefined },
  generations: readonly (Generation | undefined)[],
): Promise<void> {
  if (!existsSync(directory)) return
  checkPlace(directory, 'Nothing in it was removed.')
  for (const generation of generations) if (generation !== undefined) await removeGeneration(operation, generation)
  if (passfile !== undefined) removePassfile(passfile)
  try {
    rmdirSync(directory)
  } catch (error) {
    if (!['ENOTEMPTY', 'EBUSY'].some((code) => isSystemError(error, code))) throw error
  }
}

/** The next one, not made yet. */
export function planGeneration(directory: string, before: readonly (Generation | undefined)[]): Generation {
  const number = Math.max(0, ...before.map((known) => known?.number ?? 0)) + 1
  return { number, directory: join(directory, String(number)), createdAt: new Date().toISOString() }
}

export const dataDirectoryOf = ({ directory }: Generation): string => join(directory, 'data')

/**
 * Makes the volume of a generation. A driver must serve it, or it could not be forked, and no snapshot of it may hold the password.
 *
 * @throws PgforkError `DRIVER_NOT_FOUND`, `LAYOUT_REFUSED`
 */
export async function makeGeneration(
  operation: Operation,
  { directory }: Generation,
  owner: UserIdentity,
  passfile: Passfile | undefined,
): Promise<void> {
  await makeVolume(operation, directory, owner)
  const { volume } = await operation.drivers.locate(directory, operation.driverContext())
  if (passfile === undefined || !isBelow(passfile.path, volume.root)) return
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `Snapshots of ${directory} are of all that is in ${volume.root}, so that forks would hold the password in ${passfile.path}. ` +
      'Keep it in a file elsewhere, in the format of ~/.pgpass and readable by nobody but the owner of the servers, and name that in passfile.',
    { hazard: 'H92', facts: { directory, root: volume.root } },
  )
}

export const removeGeneration = (operation: Operation, { directory }: Generation): Promise<void> =>
  removeVolumeAt(directory, operation.cleanupContext().runner)

/** Of a folder that may be the top of a file system of its own, or isn't made yet. @throws PgforkError `NO_SPACE` */
export async function checkRoom(directory: string, wantedBytes: number | undefined): Promise<void> {
  if (wantedBytes === undefined) return
  const { usedBytes, totalBytes } = await fileSystemSpace(existsSync(directory) ? directory : dirname(directory))
  const freeBytes = totalBytes - usedBytes
  if (wantedBytes <= freeBytes) return
  throw new PgforkError(
    'NO_SPACE',
    `The server elsewhere has ${megabytes(wantedBytes)} MB of databases, and ${directory} has ${megabytes(freeBytes)} MB free. Add space, or choose another directory.`,
    { hazard: 'H55', facts: { directory, wantedBytes, freeBytes } },
  )
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6)

/** The caller's file, one of ours in the folder, or none where no password is needed. */
export function planPassfile(
  directory: string,
  given: string | undefined,
  password: string | undefined,
): Passfile | undefined {
  if (given !== undefined) return { path: given, isOurs: false }
  return password === undefined ? undefined : { path: join(directory, 'passfile'), isOurs: true }
}

/** The file of our own, in the folder. */
export function makePassfile(passfile: Passfile | undefined, { address, password }: Reach, owner: UserIdentity): void {
  if (passfile?.isOurs === true) writePassfile(passfile.path, address, password, owner)
}
