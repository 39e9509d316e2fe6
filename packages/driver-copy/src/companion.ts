/** `@pgfork/driver-copy/companion`: for drivers of ours whose snapshots are copies. */
export { type LocateSettings, locateVolume } from './locate-volume.ts'
export { findOldProbes } from './old-probes.ts'
export { outlineCopies } from './outline.ts'
export { takeCopies } from './snapshot.ts'
export { measureSpace } from './space.ts'
