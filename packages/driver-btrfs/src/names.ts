import { entriesOf } from '@pgfork/core/driver'
import { fileSystemUuid } from './file-system-uuid.ts'

/** Snapshots and clones lie in a folder of ours. */
export const { folderOf, entryOf } = entriesOf('btrfs', fileSystemUuid)
