export type { MapperName, RbdOptions } from './options.ts'
export { rbd } from './rbd-driver.ts'
export { type RemoveHostOptions, removeHost } from './remove-host.ts'
