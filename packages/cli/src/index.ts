/** `pgfork`: the command. Its module has what a configuration file needs. */
export { defineConfig } from './config/define-config.ts'
export type { DriverOptions, PgforkConfig } from './config/pgfork-config.ts'
