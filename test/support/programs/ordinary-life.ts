import { chmod, chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { CommandError, type UserIdentity } from '@pgfork/core'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { runner } from '../system/runner.ts'
import { programPath } from './program.ts'

export interface OrdinaryLife {
  /** As in `@pgfork/driver-<name>`. */
  readonly driver: 'btrfs' | 'copy' | 'lvm' | 'overlay' | 'zfs'
  readonly options: object
  /** A data directory with the table `life (id int)`, in which 1 stands. */
  readonly source: string
  readonly stateDirectory: string
  readonly lostStateDirectory: string
  /** Whether it is killed once it has made a fork, which nobody removes then. */
  readonly isDoomed: boolean
}

/**
 * The whole life of forks, in processes of this user: made, queried, stopped, started, reset, forked, snapshotted, collected after their
 * maker was killed, rebuilt after their records were lost, destroyed. Fails with the program's error.
 *
 * @returns what it was warned of
 */
export async function liveAsUser(
  user: UserIdentity,
  given: Pick<OrdinaryLife, 'driver' | 'options' | 'source'>,
): Promise<string[]> {
  const folder = await makeWorkFolder('ordinary-life')
  try {
    const [stateDirectory, lostStateDirectory] = [join(folder, 'state'), join(folder, 'lost')] as const
    for (const path of [stateDirectory, lostStateDirectory]) {
      await mkdir(path, { mode: 0o700 })
      await chown(path, user.uid, user.gid)
    }
    // The program removes one of the two.
    await chown(folder, user.uid, user.gid)
    await chmod(folder, 0o700)
    const live = (isDoomed: boolean) => {
      const life: OrdinaryLife = { ...given, stateDirectory, lostStateDirectory, isDoomed }
      const input = JSON.stringify(life)
      return runner.run(process.execPath, [programPath('ordinary-life-program')], { user, input, timeoutMs: 600_000 })
    }
    await live(true).catch((error: unknown) => {
      if (!(error instanceof CommandError) || error.facts.signal !== 'SIGKILL') throw error
    })
    const { stdout } = await live(false)
    return (JSON.parse(stdout) as { warnings: string[] }).warnings
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
