export { lvm } from './lvm-driver.ts'
export type { LvmOptions } from './options.ts'
