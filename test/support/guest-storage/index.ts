export { createDataset, type Dataset, type DatasetOptions, zpool } from './create-dataset.ts'
export {
  createThinPool,
  createThinVolume,
  sharedPool,
  type ThinPool,
  type ThinVolume,
  type ThinVolumeOptions,
  volumeGroup,
} from './create-thin-volume.ts'
export { type GuestStorageName, whyNoGuestStorage } from './why-no-guest-storage.ts'
