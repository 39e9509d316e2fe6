import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fromSystemError } from '../errors/from-system-error.ts'
import { isPgforkError } from '../errors/pgfork-error.ts'
import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { path as checkPath } from '../options/checks.ts'

/**
 * Makes an empty directory that its storage snapshots without its neighbours, where the storage can make such a thing at
 * any path (Btrfs: a subvolume); elsewhere an ordinary directory. Its parent exists, it doesn't. It is removed like any
 * other directory.
 *
 * @throws PgforkError `TARGET_EXISTS`, `PERMISSION_DENIED`, or what the storage's driver throws
 */
export async function createVolume(path: string, options: OperationOptions = {}): Promise<void> {
  checkPath(path, 'path', 'createVolume')
  checkOptions('createVolume', options, operationShape)
  const operation = await startOperation(options)
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
