import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'
import type { CommandRunner, UserIdentity } from '../command/command-runner.ts'
import { fromSystemError } from '../errors/from-system-error.ts'
import { isPgforkError } from '../errors/pgfork-error.ts'
import { handOverTree } from '../files/hand-over-tree.ts'
import type { Operation } from '../operation/operation.ts'
import { longestMs } from '../options/checks.ts'

/** Makes an empty volume at a path, or a directory where the storage can't, and gives it to its owner. */
export async function makeVolume(operation: Operation, path: string, owner: UserIdentity): Promise<void> {
  await make(operation, path)
  handOverTree(path, owner)
}

async function make(operation: Operation, path: string): Promise<void> {
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

/** Removes one with all that is in it, however long it takes. What is mounted in it stays. Nobody else can exchange it: see `checkPlace`. */
export async function removeVolumeAt(path: string, runner: CommandRunner): Promise<void> {
  const careful = process.platform === 'linux' ? ['--one-file-system'] : []
  await runner.run('rm', ['-rf', ...careful, '--', path], { timeoutMs: longestMs })
}
