import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'
import type { UserIdentity } from '../command/command-runner.ts'
import { fromSystemError } from '../errors/from-system-error.ts'
import { isPgforkError } from '../errors/pgfork-error.ts'
import { checkPlace } from '../files/check-place.ts'
import { handOverTree } from '../files/hand-over-tree.ts'
import { type Operation, type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { path as checkPath } from '../options/checks.ts'

/**
 * Makes an empty directory that its storage snapshots without its neighbours, where the storage can make such a thing at
 * any path (Btrfs: a subvolume); elsewhere an ordinary directory. Its parent exists, and nobody else can exchange it (H61); it
 * doesn't exist yet. It is given to its owner, and to nobody else.
 *
 * @throws PgforkError `TARGET_EXISTS`, `PERMISSION_DENIED`, or what the storage's driver throws
 */
export async function createVolume(path: string, owner: UserIdentity, options: OperationOptions = {}): Promise<void> {
  checkPath(path, 'path', 'createVolume')
  checkOptions('createVolume', options, operationShape)
  checkPlace(dirname(path), 'Or make it elsewhere.')
  const operation = await startOperation(options)
  await make(path, operation)
  handOverTree(path, owner)
}

/**
 * Removes one with whatever its owner has put into it.
 *
 * @throws PgforkError `PERMISSION_DENIED` when somebody else can put something in its place (H61)
 */
export async function removeVolume(path: string, options: OperationOptions = {}): Promise<void> {
  checkPath(path, 'path', 'removeVolume')
  checkOptions('removeVolume', options, operationShape)
  checkPlace(dirname(path), 'Or remove it yourself.')
  const { runner } = await startOperation(options)
  const careful = process.platform === 'linux' ? ['--one-file-system'] : []
  await runner.run('rm', ['-rf', ...careful, '--', path])
}

async function make(path: string, operation: Operation): Promise<void> {
  for (const driver of await operation.drivers.all()) {
    if (driver.createVolume === undefined) continue
    try {
      return await driver.createVolume(path, operation.driverContext())
    } catch (error) {
      if (!isPgforkError(error, 'DRIVER_NOT_APPLICABLE')) throw error
    }
  }
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'TARGET_EXISTS' : 'PERMISSION_DENIED'
    throw fromSystemError(error, code, `A volume in ${dirname(path)} cannot be made`)
  })
}
