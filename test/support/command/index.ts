export { type InstalledCommand, installCommand } from './install-command.ts'
export { liveWithDriver } from './live-with-driver.ts'
export { type CommandOutcome, type RunCommand, runCommandOf } from './run-command.ts'
