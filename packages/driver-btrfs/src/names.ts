import { entriesOf } from '@pgfork/core/driver'

/** Snapshots and clones lie in a folder of ours. */
export const { folderOf, entryOf } = entriesOf('btrfs')
