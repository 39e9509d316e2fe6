import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import { type OptionShape, percent } from '../options/checks.ts'
import type { DriverContext } from '../storage/driver/driver-context.ts'
import type { DriverSet, VolumeCopy } from '../storage/driver/driver-set.ts'
import type { SpaceUsage, Volume } from '../storage/driver/snapshot-driver.ts'
import { fileSystemSpace } from '../storage/kit/file-system-space.ts'

/** Above these shares of a pool, in percent, no fork is made (H55). */
export interface SpaceThresholds {
  /** Default 95. */
  readonly dataPercent: number
  /** Default 90: a thin pool without metadata loses all its volumes, the source among them. */
  readonly metadataPercent: number
}

export const defaultSpaceThresholds: SpaceThresholds = { dataPercent: 95, metadataPercent: 90 }

export const spaceThresholdShape: OptionShape<SpaceThresholds> = { dataPercent: percent, metadataPercent: percent }

/**
 * Refuses to fork on storage that is about to be full: where it is shared, the source would stop with the fork.
 *
 * @throws PgforkError `NO_SPACE`
 */
export async function checkSpace(
  drivers: DriverSet,
  copies: readonly VolumeCopy[],
  thresholds: SpaceThresholds,
  context: DriverContext,
): Promise<void> {
  // Not once a pool: a volume may have a quota of its own.
  for (const copy of copies) {
    const { data, metadata } = await drivers.space(copy, context)
    refuseAbove(copy.volume, 'data', data, thresholds.dataPercent)
    if (metadata !== undefined) refuseAbove(copy.volume, 'metadata', metadata, thresholds.metadataPercent)
    if (percentOf(data) > defaultSpaceThresholds.dataPercent) warnOfLittle(copy.volume, data, context)
  }
}

/** That storage is missing, its driver proves (H72, H134); a directory that isn't there may be that of a source that is gone. */
const isVerdict = (error: unknown): boolean =>
  isPgforkError(error, 'NO_SPACE') ||
  isPgforkError(error, 'SETTING_REFUSED') ||
  (isPgforkError(error, 'STORAGE_MISSING') && error.hazard !== undefined)

/**
 * The same for what is made of a snapshot, whose source may be gone by now: not every storage can tell then how full it is.
 *
 * @throws PgforkError `NO_SPACE`, `STORAGE_MISSING`, `SETTING_REFUSED`
 */
export async function checkSpaceOfSnapshot(...given: Parameters<typeof checkSpace>): Promise<void> {
  await checkSpace(...given).catch((error: unknown) => {
    if (isVerdict(error) || given[3].signal?.aborted === true) throw error
  })
}

/**
 * The same for the state directory, where the WAL of a base backup is kept: it often lies on the system's own file system.
 *
 * @param wanted bytes that are about to be written there
 * @throws PgforkError `NO_SPACE`
 */
export const checkStateSpace = (path: string, wanted: number, thresholds: SpaceThresholds): Promise<void> =>
  checkFolderSpace({ root: path, pool: 'the state directory' }, wanted, thresholds)

/** The same for any folder. */
export async function checkFolderSpace(
  folder: Pick<Volume, 'root' | 'pool'>,
  wanted: number,
  { dataPercent }: SpaceThresholds,
): Promise<void> {
  const { usedBytes, totalBytes } = await fileSystemSpace(folder.root)
  refuseAbove(folder, 'data', { usedBytes: usedBytes + wanted, totalBytes }, dataPercent)
}

function refuseAbove(
  { root, pool }: Pick<Volume, 'root' | 'pool'>,
  kind: 'data' | 'metadata',
  { usedBytes, totalBytes }: SpaceUsage,
  thresholdPercent: number,
): void {
  const percent = percentOf({ usedBytes, totalBytes })
  if (percent <= thresholdPercent) return
  throw new PgforkError(
    'NO_SPACE',
    `The storage of ${root} (${pool}) has used ${percent.toFixed(1)} % of its ${kind} space (${usedBytes} of ${totalBytes} bytes), ` +
      `more than the ${thresholdPercent} % above which no fork is made. Free or add space, or raise spaceThresholds.`,
    { hazard: 'H55', facts: { path: root, pool, kind, usedBytes, totalBytes, thresholdPercent } },
  )
}

/** The caller has raised the threshold. What comes next writes: the source's checkpoint, then the fork's recovery. */
function warnOfLittle({ root }: Volume, { usedBytes, totalBytes }: SpaceUsage, { warn }: DriverContext): void {
  warn(
    `Only ${totalBytes - usedBytes} of ${totalBytes} bytes are free in the storage of ${root}. If the source's checkpoint or the fork fills it, ` +
      'the source may stop.',
  )
}

const percentOf = ({ usedBytes, totalBytes }: SpaceUsage): number =>
  totalBytes === 0 ? 0 : (usedBytes / totalBytes) * 100
