import {
  type CloneReference,
  type Entry,
  entriesOf,
  type SnapshotReference,
  type StoredItem,
  type Volume,
} from '@pgfork/core/driver'
import type { LogicalVolume } from './logical-volumes.ts'

export const poolPrefix = 'lvm:'

/** `Volume.pool` of a thin volume. */
export const poolOf = ({ vg_name, pool_lv }: LogicalVolume): string => `${poolPrefix}${vg_name}/${pool_lv}`

/** `group/volume`, as LVM's commands take it. */
export const logicalVolumeOf = ({ attributes }: Volume): string => `${attributes.group}/${attributes.volume}`

/**
 * LVM keeps some parts of names for itself (`_tdata`, `_mlog` ..., lvm(8)), all of which hold an underscore. Names of ours
 * hold no plus sign, so that it can stand for that.
 */
const encode = (name: string): string => name.replaceAll('_', '+')

/** `group/pgfork-s-name` */
export const snapshotName = ({ volume, name }: SnapshotReference): string =>
  `${volume.attributes.group}/pgfork-s-${encode(name)}`

/** `group/pgfork-c-name` */
export const cloneName = ({ volume, name }: CloneReference): string =>
  `${volume.attributes.group}/pgfork-c-${encode(name)}`

/** The name that a logical volume of ours was made for; undefined for another's. */
export function parseName(logicalVolume: string): { kind: StoredItem['kind']; name: string } | undefined {
  const [, letter, name] = /^pgfork-([sc])-(.+)$/.exec(logicalVolume) ?? []
  if (name === undefined) return undefined
  return { kind: letter === 's' ? 'snapshot' : 'clone', name: name.replaceAll('+', '_') }
}

export const deviceOf = (logicalVolume: string): string => `/dev/${logicalVolume}`

const { entryOf } = entriesOf('lvm')

/** The folder that a clone is mounted in, which only its user can enter (H29). */
export const mountEntry = (clone: CloneReference): Entry => entryOf('clone', clone)
