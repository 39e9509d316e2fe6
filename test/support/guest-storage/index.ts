export { createDataset, type Dataset, type DatasetOptions, zpool } from './create-dataset.ts'
export { createDiskFileSystem } from './create-disk-file-system.ts'
export { createSmallZpool } from './create-small-zpool.ts'
export {
  createThinPool,
  createThinVolume,
  sharedPool,
  type ThinPool,
  type ThinVolume,
  type ThinVolumeOptions,
  volumeGroup,
} from './create-thin-volume.ts'
export { isInExtent } from './is-in-extent.ts'
export { provision } from './provision.ts'
export { takeAwayGroup } from './take-away-group.ts'
export { takeAwayPool } from './take-away-pool.ts'
export { type GuestStorageName, whyNoGuestStorage } from './why-no-guest-storage.ts'
