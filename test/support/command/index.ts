export { type InstalledCommand, installCommand } from './install-command.ts'
export { type CommandOutcome, type RunCommand, runCommandOf } from './run-command.ts'
