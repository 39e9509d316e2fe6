import type { PgforkConfig } from './pgfork-config.ts'

/** Types the default export of a `pgfork.config.ts`; it returns what it is given. */
export const defineConfig = (config: PgforkConfig): PgforkConfig => config
