import { resolve } from 'node:path'
import { findEngine } from '@pgfork/containers'
import { createRunner, PgforkError } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { ask } from '../../context/ask.ts'
import { shellLine } from '../../output/shell-line.ts'
import { oneLine, terminal } from '../../output/terminal.ts'
import { makeStorage } from '../../storage/make-storage.ts'
import { checkPlan, commandsOf, type PlannedStorage, refuseSpecial } from '../../storage/plan-storage.ts'
import { readSize } from '../../storage/read-size.ts'
import { fstabLineOf, openStorageStore, type StorageRecord } from '../../storage/storage-record.ts'
import { defineCommand } from '../define-command.ts'
import { nothingDone } from '../each-name.ts'

interface InitFlags {
  readonly name: string
  readonly at: string
  readonly size: string
  readonly image?: string
  readonly device?: string
  readonly owner?: string
  readonly fstab?: string | true
  readonly dockerVolume?: string
  readonly dryRun?: boolean
}

export const addStorageInit = (group: Command): Command =>
  defineCommand<InitFlags>(group, {
    usage: 'init',
    summary:
      'Makes a Btrfs in a file, or on an empty device, and mounts it. Data directories in it can be forked at once.',
    examples: [
      'sudo pgfork storage init --size 20G --at /srv/pgfork --fstab',
      'sudo pgfork storage init --device /dev/sdx --at /srv/pgfork --owner postgres',
      'sudo pgfork storage init --at /srv/pgfork --fstab --docker-volume db',
      'pgfork storage init --dry-run',
    ],
    options: [
      new Option('--at <folder>', 'where it is mounted').default('/srv/pgfork'),
      new Option('--size <size>', 'of the file, such as 500M, 20G or 1T; all of it is taken at once').default('20G'),
      new Option('--image <file>', 'the file; else the folder’s name and .img'),
      new Option('--device <device>', 'an empty block device instead of a file').conflicts(['image']),
      new Option('--owner <user>', 'who may make data directories in it; else root'),
      new Option('--fstab [file]', 'mounts it again after a reboot, by a line in /etc/fstab'),
      new Option('--docker-volume <name>', 'also a subvolume, and a Docker volume that stands for it').conflicts([
        'owner',
      ]),
      new Option('--name <name>', 'for status and remove').default('storage'),
      new Option('--dry-run', 'only prints the commands'),
    ],
    asks: true,
    async run({ operation, interruption, isSure }, { options }) {
      const planned = await plan(options)
      const commands = commandsOf(planned)
      const { record } = planned
      const { fstab } = record
      refuseSpecial(record)
      const told = [
        ...commands.map(shellLine),
        ...(fstab === undefined ? [] : [`and this line in ${fstab}:`, fstabLineOf(record)]),
      ]
      if (options.dryRun) return { json: { storage: record, commands, isMade: false }, lines: told }
      const runner = createRunner()
      const store = await openStorageStore(operation.stateDirectory)
      refuseKnown(await store.find(record.name))
      await checkPlan(planned, runner)
      if (!isSure) terminal.error(told.map(oneLine).join('\n'))
      if (!(await ask('Run these commands?', isSure, interruption.signal))) return nothingDone
      // An answer may take hours.
      await checkPlan(planned, runner)
      await makeStorage(planned, store, runner)
      return {
        json: { storage: record, commands, isMade: true },
        lines: [
          ...nextSteps(record),
          ...(record.fstab === undefined
            ? ['After a reboot it is not mounted, unless you add this line to /etc/fstab:', fstabLineOf(record)]
            : []),
        ],
      }
    },
  })

/** @throws PgforkError `TARGET_EXISTS` */
function refuseKnown(known: StorageRecord | undefined): void {
  if (known === undefined) return
  const { name, mountPoint, isUnfinished } = known
  const what = isUnfinished ? 'was begun and not finished' : 'is there already'
  const remedy = `remove it (pgfork storage remove ${name})`
  throw new PgforkError(
    'TARGET_EXISTS',
    `A storage named ${name} ${what}, at ${mountPoint}. ${isUnfinished ? `R${remedy.slice(1)}` : `Choose another --name, or ${remedy}`}.`,
    { facts: { name, path: mountPoint } },
  )
}

const nextSteps = ({ mountPoint, docker }: StorageRecord): string[] =>
  docker === undefined
    ? [
        `Btrfs is mounted at ${mountPoint}. Make a subvolume for a data directory in it:`,
        `btrfs subvolume create ${mountPoint}/main`,
      ]
    : [
        `Btrfs is mounted at ${mountPoint}, and the Docker volume ${docker.volume} lies in it:`,
        `docker run --volume ${docker.volume}:/var/lib/postgresql/data ..`,
      ]

async function plan({
  name,
  at,
  size,
  image,
  device,
  owner,
  fstab,
  dockerVolume: volume,
}: InitFlags): Promise<PlannedStorage> {
  const mountPoint = resolve(at)
  const backing = device === undefined ? { image: resolve(image ?? `${mountPoint}.img`) } : { device: resolve(device) }
  const docker = volume === undefined ? {} : { docker: { volume, engine: (await findEngine(createRunner())).address } }
  const line = fstab === undefined ? {} : { fstab: fstab === true ? '/etc/fstab' : resolve(fstab) }
  return {
    record: { name, createdAt: new Date().toISOString(), mountPoint, ...backing, ...line, ...docker },
    sizeBytes: device === undefined ? readSize(size) : undefined,
    owner,
  }
}
