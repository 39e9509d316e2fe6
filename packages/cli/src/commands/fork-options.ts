import { readFileSync } from 'node:fs'
import { type CreateForkOptions, openFork, openImport, openSnapshot, openStandby, type Prepare } from '@pgfork/core'
import { Option } from 'commander'
import type { Context } from '../context/context.ts'
import { usageError } from '../output/usage-error.ts'
import { readAt } from './read-at.ts'
import { readDuration } from './read-duration.ts'
import { containerOption, networkOption, readCluster, type SourceFlags, volumeOption } from './read-source.ts'

/** What `create` and `run` are told about the fork that they make. */
export interface ForkFlags extends SourceFlags {
  readonly snapshot?: string
  readonly fork?: string
  readonly standby?: string
  readonly import?: string
  readonly at?: string
  readonly wal?: readonly string[]
  readonly restoreCommand?: readonly string[]
  readonly driver?: string
  readonly name?: string
  readonly port?: string
  readonly database?: string
  readonly role?: string
  readonly set?: readonly string[]
  readonly prepare?: string
  readonly ttl?: string
  readonly protect?: boolean
  readonly resettable?: boolean
  readonly throwaway?: boolean
  readonly keepTimeline?: boolean
  readonly checkpoint?: boolean
  readonly deep?: boolean
  readonly keepWorker?: readonly string[]
  readonly rollbackPrepared?: boolean
}

export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]

export const driverOption = () =>
  new Option(
    '--driver <name>',
    'btrfs, zfs, lvm, rbd, copy or overlay (also PGFORK_DRIVER); else the first that serves the source, never overlay',
  )

export const prepareOption = () => new Option('--prepare <file>', 'SQL that runs before anybody else can connect')

/** @param when what they need */
export const archiveOptions = (when = '') => [
  new Option('--wal <folder>', `${when}a folder with archived WAL; can be repeated`).argParser(collect),
  new Option(
    '--restore-command <command>',
    `${when}a command that copies the archived file %f to the path %p; can be repeated`,
  ).argParser(collect),
]

/** What `createFork` and `reset` take; undefined where no archive is named. */
export const readArchiveFlags = ({
  wal = [],
  restoreCommand = [],
}: Pick<ForkFlags, 'wal' | 'restoreCommand'>): CreateForkOptions['wal'] => {
  const archives = [...wal, ...restoreCommand.map((command) => ({ restoreCommand: command }))]
  return archives.length === 0 ? undefined : archives
}

export const forkOptions = () => [
  new Option('--snapshot <name>', 'fork this snapshot').conflicts('fork'),
  new Option('--fork <name>', 'fork this fork'),
  new Option('--standby <name>', 'fork this standby of a server elsewhere').conflicts(['fork', 'snapshot']),
  new Option('--import <name>', 'fork the newest generation of this import').conflicts(['fork', 'snapshot', 'standby']),
  containerOption().conflicts(['fork', 'snapshot', 'standby', 'import']),
  networkOption(),
  volumeOption().conflicts(['fork', 'snapshot', 'standby', 'import', 'container']),
  new Option(
    '--at <moment>',
    'a past moment: a time with a zone, a location in the WAL, before:XID, after:XID, point:NAME',
  ),
  ...archiveOptions('with --at: '),
  new Option('--name <name>', "name of the fork; else the data directory's name and eight digits"),
  new Option('--port <number>', 'TCP port on 127.0.0.1; else a free one'),
  new Option('--database <name>', 'database of its URL'),
  new Option('--role <name>', 'role of its URL'),
  new Option('--set <name=value>', 'a PostgreSQL setting; can be repeated').argParser(collect),
  prepareOption(),
  new Option('--ttl <duration>', 'when it may be removed by gc, such as 8h or 7d'),
  new Option('--protect', 'destroy and gc leave it alone'),
  new Option('--resettable', 'can be reset also where that takes another copy of all files'),
  new Option('--throwaway', 'never flushes: faster, lost when the machine crashes'),
  new Option('--keep-timeline', 'for forks that will never replicate'),
  new Option('--checkpoint', 'fails where the source can make no checkpoint'),
  new Option('--no-checkpoint', 'no checkpoint of the source').default(undefined),
  new Option('--deep', 'verifies all pages, indexes and tables'),
  new Option('--keep-worker <library>', 'keeps a preloaded library that acts by itself; can be repeated').argParser(
    collect,
  ),
  new Option('--rollback-prepared', 'rolls prepared transactions back'),
  driverOption(),
]

/** @throws PgforkError `INVALID_OPTION` and what opening a fork or snapshot throws */
export async function readForkOptions(
  context: Context,
  flags: ForkFlags,
  source: string | undefined,
): Promise<CreateForkOptions> {
  const { config, making, operation } = context
  const { name, database, role, ttl } = flags
  const { wal: archives, ...create } = config.create ?? {}
  const isPast = (flags.at ?? create.at) !== undefined
  // What that lies on is decided already: only a driver that is named beside it is held against it.
  const isRecorded = isPast || flags.snapshot !== undefined
  return {
    ...create,
    ...making,
    ...(isRecorded && flags.driver === undefined ? given({ driver: operation.driver }) : {}),
    source: await readSource(context, flags, source),
    ...(flags.at === undefined ? {} : { at: readAt(flags.at) }),
    ...given({ wal: readArchiveFlags(flags) ?? (isPast ? archives : undefined), name, database, role }),
    ...(flags.port === undefined ? {} : { port: Number(flags.port) }),
    ...(flags.set === undefined ? {} : { settings: { ...config.create?.settings, ...readSettings(flags.set) } }),
    ...(ttl === undefined ? {} : { timeToLiveMs: readDuration(ttl, '--ttl') }),
    ...(flags.prepare === undefined ? {} : { prepare: readPrepare(flags.prepare) }),
    ...given({ protect: flags.protect, checkpoint: flags.checkpoint, resettable: flags.resettable }),
    ...(flags.throwaway ? { durability: 'throwaway' } : {}),
    ...(flags.keepTimeline ? { timeline: 'keep' } : {}),
    ...(flags.deep ? { verify: { ...asGroup(config.create?.verify), deep: true } } : {}),
    ...(flags.keepWorker === undefined ? {} : { backgroundWorkers: { keep: flags.keepWorker } }),
    ...(flags.rollbackPrepared ? { preparedTransactions: 'rollback' } : {}),
  }
}

type Given<Values> = { [Name in keyof Values]: Exclude<Values[Name], undefined> }

const given = <Values extends object>(values: Values): Partial<Given<Values>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Given<Values>>

const asGroup = (verify: CreateForkOptions['verify']) => (typeof verify === 'function' ? { check: verify } : verify)

async function readSource(
  { config, operation }: Context,
  { snapshot, fork, standby, import: imported, container, network, volume }: ForkFlags,
  source: string | undefined,
) {
  if (source !== undefined && (snapshot ?? fork ?? standby ?? imported) !== undefined)
    throw usageError('Give either a source, or --snapshot, --fork, --standby or --import.', 'source')
  if (snapshot !== undefined) return openSnapshot(snapshot, operation)
  if (fork !== undefined) return openFork(fork, operation)
  if (standby !== undefined) return openStandby(standby, operation)
  if (imported !== undefined) return openImport(imported, operation)
  return readCluster(config.source, source, { container, network, volume })
}

export function readSettings(assignments: readonly string[]): Record<string, string> {
  const pairs = assignments.map((assignment) => {
    const [name, ...rest] = assignment.split('=')
    if (!name || rest.length === 0) throw usageError(`--set takes name=value, not ${assignment}.`, '--set')
    return [name, rest.join('=')]
  })
  return Object.fromEntries(pairs)
}

export function readPrepare(file: string): Prepare {
  const sql = readSql(file)
  return async (client) => void (await client.query(sql))
}

function readSql(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError(`--prepare: ${(error as Error).message}`, '--prepare')
  }
}
