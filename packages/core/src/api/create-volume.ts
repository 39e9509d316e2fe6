import { dirname } from 'node:path'
import type { UserIdentity } from '../command/command-runner.ts'
import { makeVolume, removeVolumeAt } from '../elsewhere/volume.ts'
import { checkPlace } from '../files/check-place.ts'
import { type OperationOptions, startOperation } from '../operation/operation.ts'
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
  await makeVolume(operation, path, owner)
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
  await removeVolumeAt(path, runner)
}
