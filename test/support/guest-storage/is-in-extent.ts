import { byExtent } from '../extent.ts'

/**
 * Of the drivers' contract: what takes as long as five other tests in a guest, or what is the driver kit's or the file system's
 * rather than LVM's or ZFS's. `npm test` has it on this machine's storages in any case.
 */
const long = new RegExp(
  [
    ...['several processes', 'stopped after any command', 'aborted at any moment', 'takes every name'],
    ...[
      'tells two volumes apart',
      'many clones',
      'keeps modes',
      'succeeds, also twice',
      'refuses a name that is taken',
    ],
    ...['can be given again', 'is not there throws', 'removal that waits', 'what a listing names', 'at the same time'],
    ...['same name: one gets it', '^space:'],
  ].join('|'),
)

/** Which tests of the drivers' contract a guest runs. */
export const isInExtent = (name: string): boolean => byExtent(!long.test(name), true)
