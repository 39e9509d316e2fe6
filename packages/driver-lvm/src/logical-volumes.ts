import type { DriverContext } from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import type { Settings } from './options.ts'

/** A row of `lvs`, its numbers in bytes and percent. */
export interface LogicalVolume {
  readonly lv_uuid: string
  readonly lv_name: string
  readonly vg_name: string
  readonly vg_uuid: string
  readonly lv_layout: string
  readonly lv_active: string
  readonly lv_tags: string
  readonly lv_size: string
  readonly lv_metadata_size: string
  readonly pool_lv: string
  readonly data_percent: string
  readonly metadata_percent: string
  readonly seg_monitor: string
  /** -1 while it isn't active. */
  readonly lv_kernel_major: string
  readonly lv_kernel_minor: string
}

const fields = [
  'lv_uuid',
  'lv_name',
  'vg_name',
  'vg_uuid',
  'lv_layout',
  'lv_active',
  'lv_tags',
  'lv_size',
  'lv_metadata_size',
  'pool_lv',
  'data_percent',
  'metadata_percent',
  'seg_monitor',
  'lv_kernel_major',
  'lv_kernel_minor',
] satisfies (keyof LogicalVolume)[]

/** The logical volumes that `lvs` finds for a group, a volume or a device. @throws PgforkError `COPY_MISSING`; `STORAGE_MISSING` without the group */
export async function listLogicalVolumes(
  of: string,
  settings: Settings,
  context: DriverContext,
): Promise<LogicalVolume[]> {
  const text = await runCommand('lvs', listWords(of), settings, context)
  const report = JSON.parse(text) as { report: { lv: LogicalVolume[] }[] }
  return report.report.flatMap(({ lv }) => lv)
}

/** What `lvs` is told. */
export const listWords = (of: string): string[] => [
  ...['--reportformat', 'json', '--units', 'b', '--nosuffix', '--options', fields.join(',')],
  of,
]

/** As the mount table has it. */
export const deviceNumber = ({ lv_kernel_major, lv_kernel_minor }: LogicalVolume): string =>
  `${lv_kernel_major}:${lv_kernel_minor}`

/** LVM's tags hold a few special characters only; these are among them (lvm(8)). */
export const tagOf = { ours: 'pgfork', origin: (uuid: string): string => `pgfork.origin=${uuid}` }

export const hasTag = ({ lv_tags }: LogicalVolume, tag: string): boolean => lv_tags.split(',').includes(tag)

/** The UUID of the volume that a snapshot or clone of ours was made of. */
export const originOf = ({ lv_tags }: LogicalVolume): string => /pgfork\.origin=([^,]+)/.exec(lv_tags)?.[1] ?? ''
