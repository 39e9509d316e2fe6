export { type InstalledCommand, installCommand } from './install-command.ts'
export { briefLifeWithDriver, liveWithDriver } from './live-with-driver.ts'
export { type CommandOutcome, type RunCommand, runCommandOf } from './run-command.ts'
