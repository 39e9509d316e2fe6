import { availableParallelism } from 'node:os'
import { ownUser } from '../command/own-user.ts'
import { beginCopy } from '../elsewhere/begin-copy.ts'
import { checkNewFolder, makeCopyFolder, makePassfile } from '../elsewhere/copy-folder.ts'
import { findPrograms } from '../elsewhere/find-programs.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { importHandle } from '../import/import-handle.ts'
import type { ImportedDatabase } from '../import/imported-database.ts'
import { inspectOrigin, type Origin } from '../import/inspect-origin.ts'
import { usualSuperuser } from '../import/name-superuser.ts'
import { addGeneration } from '../import/refresh.ts'
import { refuseBorrowedOwner } from '../import/refuse-borrowed-owner.ts'
import { removeImport } from '../import/remove-import.ts'
import { type Operation, startOperation, withoutSignal } from '../operation/operation.ts'
import { checkOptions } from '../options/check-options.ts'
import { identifySelf } from '../process/process-identity.ts'
import { importStore } from '../records/import-record.ts'
import { withNameLock } from '../records/name-lock.ts'
import { removeCutOff } from '../upkeep/garbage/remove-cut-off.ts'
import { refuseExisting } from './new-name.ts'
import type { ImportDatabaseOptions } from './options/copy-options.ts'
import { type GivenCopy, readCopy } from './options/read-copy.ts'
import { importDatabaseShape } from './options/shapes.ts'

/**
 * Copies the databases of a server elsewhere into a new cluster here, by dump and restore: for services that give nobody replication. It holds
 * what there was when each dump began, and `refresh()` brings a new one. Roles come along without their passwords; subscriptions, publications
 * and tablespaces don't. A failure or an abort leaves nothing behind; what a killed process left of this name is removed first.
 *
 * @example
 * const imported = await importDatabase({
 *   name: 'shop',
 *   from: 'postgresql://reader@shop.abc.eu-central-1.rds.amazonaws.com/shop?sslmode=require',
 *   directory: '/srv/pg/shop',
 * })
 * await using fork = await createFork({ source: imported })
 *
 * @throws PgforkError `ACCESS_REFUSED`, `CONNECTION_REQUIRED`, `BINARIES_NOT_FOUND`, `EXTENSIONS_MISSING`, `COMMAND_FAILED`, ..
 */
export async function importDatabase(options: ImportDatabaseOptions): Promise<ImportedDatabase> {
  checkOptions('importDatabase', options, importDatabaseShape)
  const operation = await startOperation(options)
  const { steps, runner, sourceBounds, state, later } = operation
  const given = await steps.guard(() => readCopy(options, runner))
  const make = async () => {
    const [origin, found] = await steps.run('inspect', async () => {
      refuseBorrowedOwner(given.owner, options.owner)
      await removeCutOff(operation, given.name)
      await refuseExisting(operation, given.name)
      checkNewFolder(given.directory)
      const inspected = await inspectOrigin(given.reach, sourceBounds, options.databases)
      return [inspected, await findVersion(operation, given, options, inspected)] as const
    })
    const begun = await steps.run('plan', () => begin(operation, given, options, found))
    return addGeneration(operation, begun, origin)
  }
  // Guarded within the lock as well, under which it is to be undone.
  const made = await steps.guard(() => withNameLock(operation, given.name, () => steps.guard(make)))
  // The signal was for making it.
  return importHandle(await importStore(state).requireSame(made), withoutSignal(later))
}

interface FoundVersion {
  readonly major: number
  readonly binDirectory: string
}

const newestMajor = 18
const programs = ['initdb', 'pg_dump', 'pg_dumpall', 'pg_restore', 'psql', 'vacuumdb']

/** The programs of a later version dump an earlier one, and restore it into their own. */
async function findVersion(
  { runner }: Operation,
  { owner }: GivenCopy,
  { binDirectory, withoutExtensions = [] }: ImportDatabaseOptions,
  { major: least }: Origin,
): Promise<FoundVersion> {
  const otherwise = 'A later version does as well.'
  let failure: unknown
  for (let major = least; major <= newestMajor; major++)
    try {
      const found = await findPrograms({ major, owner, binDirectory, programs, otherwise }, runner)
      if (major < 14 && withoutExtensions.length > 0)
        throw new PgforkError('INVALID_OPTION', `withoutExtensions needs PostgreSQL 14 or later here, not ${major}.`, {
          facts: { option: 'withoutExtensions', major },
        })
      return { major, binDirectory: found }
    } catch (error) {
      failure ??= error
      if (error instanceof PgforkError && error.code === 'INVALID_OPTION') throw error
    }
  throw failure
}

async function begin(
  operation: Operation,
  { name, address, directory, owner, reach, passfile }: GivenCopy,
  {
    databases,
    withoutExtensions,
    jobs = Math.min(4, availableParallelism()),
    keep = 2,
    keepOwners = true,
  }: ImportDatabaseOptions,
  { major, binDirectory }: FoundVersion,
) {
  const { runner, state, steps } = operation
  const maker = await identifySelf(runner)
  const record = await beginCopy(operation, directory, () =>
    importStore(state).begin({
      ...{ version: 1, name, createdAt: new Date().toISOString(), maker },
      ...{
        directory,
        owner,
        from: address,
        major,
        binDirectory,
        role: usualSuperuser,
        keep,
        jobs,
        keepsOwners: keepOwners,
      },
      ...(passfile === undefined ? {} : { passfile }),
      ...(databases === undefined ? {} : { databases: [...databases] }),
      ...(withoutExtensions === undefined ? {} : { withoutExtensions: [...withoutExtensions] }),
      ...{ generations: [], retired: [] },
    }),
  )
  steps.onUndo(() => removeImport(operation, record))
  makeCopyFolder(directory)
  makePassfile(passfile, reach, ownUser())
  return record
}
