export type { ZfsOptions } from './options.ts'
export { zfs } from './zfs-driver.ts'
