import { byExtent } from '../extent.ts'

/**
 * Of the drivers' contract, what is LVM's or ZFS's own rather than the driver kit's or the file system's, and not of the slow ones
 * (H72). `npm test` has all of it on this machine's storages in any case.
 */
const essential = new RegExp(
  [
    ...[
      'states the facts',
      'locates a directory',
      'refuses a path',
      'a snapshot holds',
      'everything flushed',
      'one instant',
    ],
    ...['attaching is idempotent', 'a removed clone is gone', 'a snapshot can go before'],
    ...['a snapshot that a clone needs', "a clone is the caller's until"],
  ].join('|'),
)

/** Which tests of the drivers' contract a guest runs. */
export const isInExtent = (name: string): boolean => byExtent(essential.test(name), true)
