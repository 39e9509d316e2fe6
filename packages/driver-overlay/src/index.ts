export type { OverlayOptions } from './options.ts'
export { overlay } from './overlay-driver.ts'
