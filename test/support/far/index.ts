export { type FarStorage, farStorage } from './far-storage.ts'
