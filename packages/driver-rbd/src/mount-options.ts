export const supportedFileSystems: readonly string[] = ['ext4', 'xfs']

/**
 * How a clone is mounted. XFS refuses to mount a second file system of the same UUID, which a clone has (H54). Programs with more rights than their
 * caller, and devices, have no effect (H83).
 */
export const mountOptions = (fileSystem: string): string =>
  ['rw', 'nosuid', 'nodev', ...(fileSystem === 'xfs' ? ['nouuid'] : [])].join(',')
