import type { CreateForkOptions } from './create-fork-options.ts'

/** The defaults that are values. The others depend on the source, or are that nothing is done; docs/options.md tells all. */
export const forkDefaults = {
  timeline: 'new',
  durability: 'durable',
  lifetime: 'process',
  collectGarbage: true,
  protect: false,
  backgroundWorkers: 'strict',
  preparedTransactions: 'keep',
} as const satisfies Partial<CreateForkOptions>
