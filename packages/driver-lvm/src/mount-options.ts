import type { Mount } from '@pgfork/core/driver'

export const supportedFileSystems: readonly string[] = ['ext4', 'ext3', 'xfs']

/** Options of the source's mount that a clone's gets, too. The mount table also lists what can't be given to mount(8). */
const carriedOver =
  /^(noatime|nodiratime|relatime|strictatime|lazytime|nosuid|nodev|noexec|discard|barrier=.*|data=.*|commit=.*|errors=.*|nobarrier|nodelalloc|noauto_da_alloc|context=.*|logbufs=.*|logbsize=.*|allocsize=.*)$/

/**
 * XFS refuses to mount a second file system of the same UUID, which a clone has (H54). ext4 replays its journal at the first
 * mount, which must be writable for that.
 */
export function mountOptions({ fileSystem, options }: Mount): string[] {
  const own = fileSystem === 'xfs' ? ['rw', 'nouuid'] : ['rw']
  return [...new Set([...own, ...options.filter((option) => carriedOver.test(option))])]
}

/**
 * As a clone is mounted: with no effect of setuid programs and devices that its volume holds besides a cluster. A fork would keep them as they were,
 * and what an update has replaced since might still make its user root (H83).
 */
export function cloneOptions(options: string): string {
  const always = ['nosuid', 'nodev']
  return [...options.split(',').filter((option) => !always.includes(option)), ...always].join(',')
}

/** Whether these are options that `mountOptions` gives: no others are believed of what somebody may have written (H77). */
export const areOurs = (options: string): boolean =>
  options.split(',').every((option) => ['rw', 'nouuid'].includes(option) || carriedOver.test(option))

/** A journal or realtime section elsewhere isn't in a snapshot of this volume. */
export const usesFurtherDevice = ({ options }: Mount): boolean =>
  options.some((option) => /^(logdev|rtdev|journal_path|journal_dev)=/.test(option))
