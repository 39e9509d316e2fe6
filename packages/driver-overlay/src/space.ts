/** Snapshots and clones lie on one file system. */
export { measureSpace } from '@pgfork/driver-copy/companion'
