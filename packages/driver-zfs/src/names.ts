import { type CloneReference, type Entry, entriesOf, type SnapshotReference, type Volume } from '@pgfork/core/driver'

/** The dataset of a volume. */
export const datasetOf = ({ attributes }: Volume): string => attributes.dataset ?? ''

export const snapshotPrefix = 'pgfork-'

/** `tank/pg@pgfork-name` */
export const snapshotName = ({ volume, name }: SnapshotReference): string =>
  `${datasetOf(volume)}@${snapshotPrefix}${name}`

/** `tank/pgfork/name` */
export const cloneName = ({ volume, name }: CloneReference): string => `${volume.attributes.parent}/${name}`

const { entryOf } = entriesOf('zfs')

/** The folder that a clone is mounted in, which only its user can enter (H29). */
export const mountEntry = (clone: CloneReference): Entry => entryOf('clone', clone)

/** Tag of the holds that keep other people's pruning from our snapshots (H51). */
export const holdTag = 'pgfork'
