export type { MapperName, RbdOptions } from './options.ts'
export { rbd } from './rbd-driver.ts'
export { type HostRemnant, type RemoveHostOptions, removeHost } from './remove-host.ts'
