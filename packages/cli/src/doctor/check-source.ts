import { statSync } from 'node:fs'
import process from 'node:process'
import { createRunner, detectDriver, isPgforkError, type SnapshotDriver, type Volume } from '@pgfork/core'
import { findSource } from '@pgfork/core/companion'
import type { Context } from '../context/context.ts'
import { findProgram } from './find-program.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

type Source = Parameters<typeof findSource>[0]

/** As `createFork` does unless it is told otherwise. */
const thresholds = { data: 95, metadata: 90 } as const

/** What would become of a fork of this source, as far as it can be told without making one. */
export async function checkSource(source: Source, { making, interruption, config }: Context): Promise<Finding[]> {
  const { signal } = interruption
  let dataDirectory: string
  let major: number
  try {
    ;({ dataDirectory, major } = await findSource(source, { signal }))
  } catch (error) {
    return [failed('source.found', error, 'Give the data directory of a server on this machine, or its URL.')]
  }
  const found = ok('source.found', `PostgreSQL ${major} in ${dataDirectory}.`)
  const owner = checkOwner(dataDirectory)
  return [
    found,
    owner,
    ...(isInContainer(source) ? [] : [checkBinaries(major)]),
    ...(await checkStorage(dataDirectory, making.driver, signal, config.create?.spaceThresholds)),
  ]
}

/** Its forks take theirs from its image. */
const isInContainer = (source: Source): boolean =>
  typeof source === 'object' && 'kind' in source && source.kind === 'elsewhere'

function checkOwner(dataDirectory: string): Finding {
  const { uid } = statSync(dataDirectory)
  const self = process.geteuid?.()
  if (self === 0 || self === uid) return ok('source.owner', `You may fork it: it belongs to user ${uid}.`)
  return problem(
    'source.owner',
    `It belongs to user ${uid}, and you are ${self}.`,
    `Run as root or as that user (sudo -u '#${uid}' pgfork ..).`,
  )
}

function checkBinaries(major: number): Finding {
  const folders = [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`, '/usr/local/pgsql/bin']
  const path = findProgram('postgres', folders)
  if (path !== undefined) return ok('source.binaries', path)
  const message = `PostgreSQL ${major} is not in ${folders.join(', ')}. A running source tells where it is.`
  return warning('source.binaries', message, `Install postgresql-${major}, or set source.binDirectory.`)
}

async function checkStorage(
  dataDirectory: string,
  given: SnapshotDriver | readonly SnapshotDriver[] | undefined,
  signal: AbortSignal,
  own: Partial<Record<'dataPercent' | 'metadataPercent', number>> = {},
): Promise<Finding[]> {
  const warnings: string[] = []
  const onWarning = (message: string): void => void warnings.push(message)
  try {
    const drivers = given === undefined ? undefined : [given].flat()
    const { driver, volume, candidates } = await detectDriver(dataDirectory, drivers, { signal, onWarning })
    const others = candidates.filter(({ reason }) => reason !== undefined).map(({ reason }) => reason)
    return [
      describeDriver(driver, volume, others),
      ...(await checkSpace(driver, volume, signal, own)),
      ...warnings.map((message) => warning('source.layout', message, 'See docs/drivers.md.')),
    ]
  } catch (error) {
    return [failed('source.driver', error, 'See docs/drivers.md for what each storage needs.')]
  }
}

function describeDriver(
  { name, facts }: SnapshotDriver,
  volume: Volume,
  others: readonly (string | undefined)[],
): Finding {
  const why = others.length === 0 ? '' : ` Not: ${others.join(' ')}`
  if (!volume.copyOnWrite)
    return warning(
      'source.driver',
      `${name}: every fork copies all bytes.${why}`,
      'Move the data directory to Btrfs, ZFS, LVM thin volumes or XFS with reflinks, or make a storage by pgfork storage init.',
    )
  const way = facts.atomicity === 'none' ? 'a base backup around copies that share blocks' : 'snapshots of one instant'
  return ok('source.driver', `${name}: ${way}, which take no space of their own.${why}`)
}

async function checkSpace(
  driver: SnapshotDriver,
  volume: Volume,
  signal: AbortSignal,
  own: Partial<Record<'dataPercent' | 'metadataPercent', number>>,
): Promise<Finding[]> {
  const context = { runner: createRunner(), signal, warn: () => {}, progress: () => {} }
  const space = await driver.space(volume, context)
  return (['data', 'metadata'] as const).flatMap((kind) => {
    const usage = space[kind]
    if (usage === undefined || usage.totalBytes === 0) return []
    const percent = (100 * usage.usedBytes) / usage.totalBytes
    const limit = own[`${kind}Percent`] ?? thresholds[kind]
    const check = `source.space.${kind}`
    const told = `${percent.toFixed(1)} % of ${(usage.totalBytes / 1e9).toFixed(1)} GB used for ${kind}`
    if (percent < limit) return [ok(check, `${told}; forks are refused above ${limit} %.`)]
    return [
      problem(
        check,
        `${told}, and forks are refused above ${limit} % (H55).`,
        'Free space (pgfork gc, pgfork list), or enlarge the storage.',
      ),
    ]
  })
}

const failed = (check: string, error: unknown, remedy: string): Finding =>
  problem(check, `${(error as Error).message}${isPgforkError(error) ? ` (${error.code})` : ''}`, remedy)
