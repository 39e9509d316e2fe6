export { copy } from './copy-driver.ts'
export type { CopyOptions } from './options.ts'
