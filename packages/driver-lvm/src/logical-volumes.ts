import type { DriverContext } from '@pgfork/core'
import { runCommand } from './lvm-command.ts'
import type { Settings } from './options.ts'

/** A row of `lvs`, its numbers in bytes and percent. */
export interface LogicalVolume {
  readonly lv_uuid: string
  readonly lv_name: string
  readonly vg_name: string
  readonly lv_layout: string
  readonly lv_active: string
  readonly lv_tags: string
  readonly lv_size: string
  readonly lv_metadata_size: string
  readonly pool_lv: string
  readonly data_percent: string
  readonly metadata_percent: string
  readonly seg_monitor: string
}

const fields = [
  'lv_uuid',
  'lv_name',
  'vg_name',
  'lv_layout',
  'lv_active',
  'lv_tags',
  'lv_size',
  'lv_metadata_size',
  'pool_lv',
  'data_percent',
  'metadata_percent',
  'seg_monitor',
] satisfies (keyof LogicalVolume)[]

/** The logical volumes that `lvs` finds for a group, a volume or a device. @throws PgforkError `STORAGE_MISSING` */
export async function listLogicalVolumes(
  of: string,
  settings: Settings,
  context: DriverContext,
): Promise<LogicalVolume[]> {
  const format = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '--options', fields.join(',')]
  const text = await runCommand('lvs', [...format, of], settings, context)
  const report = JSON.parse(text) as { report: { lv: LogicalVolume[] }[] }
  return report.report.flatMap(({ lv }) => lv)
}

/** LVM's tags hold a few special characters only; these are among them (lvm(8)). */
export const tagOf = { ours: 'pgfork', origin: (uuid: string): string => `pgfork.origin=${uuid}` }

export const hasTag = ({ lv_tags }: LogicalVolume, tag: string): boolean => lv_tags.split(',').includes(tag)
