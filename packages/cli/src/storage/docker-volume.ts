import { join } from 'node:path'
import { CommandError, type CommandRunner, PgforkError } from '@pgfork/core'
import type { StorageRecord } from './storage-record.ts'

type Docker = NonNullable<StorageRecord['docker']>

/** The subvolume that it stands for. */
const subvolumeOf = (mountPoint: string, { volume }: Docker): string => join(mountPoint, volume)

/** By its address, which no environment changes. */
const docker = ({ engine }: Docker, ...words: string[]): string[] => ['docker', '--host', engine, 'volume', ...words]

/** Makes a volume whose files lie in a subvolume of their own, so that it can be forked at once. */
export function volumeCommandsOf(mountPoint: string, wanted: Docker): string[][] {
  const device = subvolumeOf(mountPoint, wanted)
  const options = ['type=none', 'o=bind', `device=${device}`].flatMap((option) => ['--opt', option])
  return [
    ['btrfs', 'subvolume', 'create', device],
    docker(wanted, 'create', '--driver', 'local', ...options, wanted.volume),
  ]
}

/** The engine would return the one that is there, whatever it stands for. @throws PgforkError `TARGET_EXISTS`, `INVALID_OPTION` */
export async function refuseUsedVolume(wanted: Docker, runner: CommandRunner): Promise<void> {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,99}$/.test(wanted.volume))
    throw new PgforkError('INVALID_OPTION', `${JSON.stringify(wanted.volume)} is no name of a Docker volume.`, {
      facts: { option: '--docker-volume' },
    })
  if ((await deviceOf(wanted, runner)) !== undefined)
    throw new PgforkError('TARGET_EXISTS', `The engine has a volume ${wanted.volume} already. Choose another name.`, {
      facts: { volume: wanted.volume },
    })
}

/** Only one that stands for our subvolume. What lies in that stays. @throws PgforkError `BUSY` while a container has it */
export async function removeVolume({ mountPoint, docker: made }: StorageRecord, runner: CommandRunner): Promise<void> {
  if (made === undefined || (await deviceOf(made, runner)) !== subvolumeOf(mountPoint, made)) return
  const [file = '', ...words] = docker(made, 'rm', made.volume)
  await runner.run(file, words).catch((error: unknown) => {
    if (!(error instanceof CommandError && /volume is in use/i.test(error.stderr))) throw error
    throw new PgforkError(
      'BUSY',
      `${mountPoint} stays: the Docker volume ${made.volume} is in use. Remove its containers (docker ps --all --filter volume=${made.volume}).`,
      { facts: { path: mountPoint, volume: made.volume }, cause: error },
    )
  })
}

/** Empty for a volume without one; undefined where there is no such volume. */
async function deviceOf(wanted: Docker, runner: CommandRunner): Promise<string | undefined> {
  const [file = '', ...words] = docker(wanted, 'inspect', '--format', '{{json .Options}}', wanted.volume)
  try {
    const options: { device?: string } | null = JSON.parse((await runner.run(file, words)).stdout)
    return options?.device ?? ''
  } catch (error) {
    if (error instanceof CommandError && /no such volume/i.test(error.stderr)) return undefined
    throw error
  }
}
