import type { Fork } from '@pgfork/core'
import type { ForkFacts } from '../programs/fork-process.ts'

/** What a fork keeps as long as it lives, whether it is stopped, started or reset. */
export const lastingFacts = ({
  name,
  dataDirectory,
  port,
  socketDirectory,
  connectionString,
  timeline,
}: Fork | ForkFacts) => ({
  name,
  dataDirectory,
  port,
  socketDirectory,
  connectionString,
  timeline,
})
