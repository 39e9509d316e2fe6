export { btrfs } from './btrfs-driver.ts'
export type { BtrfsOptions } from './options.ts'
