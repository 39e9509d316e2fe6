/**
 * Milliseconds for one command that copies or removes a whole tree: on slow disks the thousands of large files of a cluster
 * take far longer than a command of usual size may. An abort ends it earlier.
 */
export const treeTimeoutMs = 60 * 60_000
