import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  CloneReference,
  CommandRunner,
  DriverContext,
  SnapshotDriver,
  SnapshotReference,
  Volume,
} from '@pgfork/core'
import { runner } from '../../../test/support/system/runner.ts'
import { serverUser } from '../../../test/support/system/server-user.ts'

/** The user that servers run as: an ordinary one. */
export const postgres = serverUser ?? { uid: 0, gid: 0 }

export interface TestContext extends DriverContext {
  readonly warnings: readonly string[]
  /** Every command so far, as one line. */
  readonly commands: readonly string[]
}

export function createContext(signal?: AbortSignal): TestContext {
  const warnings: string[] = []
  const commands: string[] = []
  const recording: CommandRunner = {
    ...runner,
    run: (file, args, options) => {
      commands.push([...(options?.prefix ?? []), file, ...args].join(' '))
      return runner.run(file, args, { ...(signal === undefined ? {} : { signal }), ...options })
    },
  }
  return {
    runner: recording,
    ...(signal === undefined ? {} : { signal }),
    warn: (message) => void warnings.push(message),
    progress: () => {},
    warnings,
    commands,
  }
}

/** Makes a data directory below a mount point, all of it the servers' user's, and returns its path. */
export async function fillVolume(mountPoint: string): Promise<string> {
  const data = join(mountPoint, 'main')
  await mkdir(join(data, 'base', '5'), { recursive: true })
  await writeFile(join(data, 'base', '5', '1259'), 'committed')
  await runner.run('chmod', ['-R', 'u=rwX,go=', data])
  await runner.run('chown', ['-R', `${postgres.uid}:${postgres.gid}`, data])
  return data
}

export const dataFile = (root: string): string => join(root, 'main', 'base', '5', '1259')

export async function takeSnapshot(
  driver: SnapshotDriver,
  volume: Volume,
  name: string,
  context: DriverContext,
): Promise<SnapshotReference> {
  const snapshot = { volume, name }
  await driver.snapshot({ snapshots: [snapshot] }, context)
  return snapshot
}

export async function makeClone(
  driver: SnapshotDriver,
  snapshot: SnapshotReference,
  name: string,
  context: DriverContext,
): Promise<CloneReference & { readonly path: string }> {
  const clone = { volume: snapshot.volume, name }
  await driver.clone({ ...clone, snapshot, owner: postgres }, context)
  return { ...clone, path: await driver.attach(clone, context) }
}
