import { byExtent } from '../extent.ts'

/** Each of them takes as long as five others in a guest, and runs on this machine's storages in any case. */
const long = /several processes|stopped after any command|aborted at any moment|takes every name/

/** Which tests of the drivers' contract a guest runs. */
export const isInExtent = (name: string): boolean => byExtent(!long.test(name), true)
