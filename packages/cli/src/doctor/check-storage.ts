import { detectDriver, type SnapshotDriver } from '@pgfork/core'
import type { AssessedVolume, SourceAssessment } from '@pgfork/core/companion'
import type { Context } from '../context/context.ts'
import { describeBytes } from '../output/describe-bytes.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import { measureFiles } from './measure-files.ts'

/** As `createFork` does unless it is told otherwise. */
const thresholds = { data: 95, metadata: 90 } as const

/** What the storage makes of a fork: in which way, whether there is room, and what it takes. */
export async function checkStorage(assessment: SourceAssessment, context: Context): Promise<Finding[]> {
  const { volumes, dataDirectory } = assessment
  const { making, interruption, config } = context
  const { driver, candidates } = await detectDriver(
    dataDirectory,
    making.driver === undefined ? undefined : [making.driver].flat(),
    { signal: interruption.signal, onWarning: () => {} },
  )
  const others = candidates.flatMap(({ reason }) => reason ?? [])
  const own = config.create?.spaceThresholds ?? {}
  const limits = { data: own.dataPercent ?? thresholds.data, metadata: own.metadataPercent ?? thresholds.metadata }
  return [
    describeDriver(driver, assessment, others),
    ...volumes.flatMap((volume) => checkSpace(volume, limits, volumes.length > 1)),
    await checkCost(assessment, interruption.signal),
  ]
}

const advice =
  'Move the data directory to Btrfs, ZFS, LVM thin volumes or XFS with reflinks, or make a storage by pgfork storage init.'

function describeDriver(
  { name, facts }: SnapshotDriver,
  { volumes, consistency }: SourceAssessment,
  others: readonly string[],
): Finding {
  const why = others.length === 0 ? '' : ` Not: ${others.join(' ')}`
  const copying = volumes.filter(({ volume }) => !volume.copyOnWrite)
  if (copying.length > 0 && facts.clonePinsSnapshot)
    return ok('source.driver', `${name}: a snapshot copies all bytes once, and any number of forks lie on it.${why}`)
  if (copying.length > 0) return warning('source.driver', `${name}: every fork copies all bytes.${why}`, advice)
  const ways = {
    atomic: 'snapshots of one instant',
    backup: 'a base backup around copies that share blocks',
    stopped: 'copies that share blocks, of a server that is stopped',
  }
  return ok('source.driver', `${name}: ${ways[consistency]}, which take no space of their own.${why}`)
}

function checkSpace(
  { volume, space }: AssessedVolume,
  limits: Readonly<Record<'data' | 'metadata', number>>,
  isOneOfSeveral: boolean,
): Finding[] {
  return (['data', 'metadata'] as const).flatMap((kind) => {
    const usage = space[kind]
    if (usage === undefined || usage.totalBytes === 0) return []
    const percent = (100 * usage.usedBytes) / usage.totalBytes
    const check = `source.space.${kind}`
    const where = isOneOfSeveral ? `${volume.root}: ` : ''
    const told = `${where}${percent.toFixed(1)} % of ${describeBytes(usage.totalBytes)} used for ${kind}`
    if (percent <= limits[kind]) return [ok(check, `${told}; forks are refused above ${limits[kind]} %.`)]
    return [
      problem(
        check,
        `${told}, and forks are refused above ${limits[kind]} % (H55).`,
        'Free space (pgfork gc, pgfork list), or enlarge the storage.',
      ),
    ]
  })
}

/** What one fork takes. */
async function checkCost({ volumes, folders }: SourceAssessment, signal: AbortSignal): Promise<Finding> {
  const check = 'source.cost'
  const copying = volumes.filter(({ volume }) => !volume.copyOnWrite)
  if (copying.length === 0)
    return ok(check, 'A fork takes next to no space at first, then what it or its source changes.')
  const bytes = await measureFiles(folders, signal)
  const free = Math.min(...copying.map(({ space }) => space.data.totalBytes - space.data.usedBytes))
  const told = `A fork copies up to ${describeBytes(bytes)}, of ${describeBytes(free)} that are free`
  if (bytes < free) return ok(check, `${told}.`)
  return problem(check, `${told} (H55).`, 'Free space, or enlarge the storage.')
}
