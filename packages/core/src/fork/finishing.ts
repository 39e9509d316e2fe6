import type { Client } from 'pg'
import type { Prepare } from './run-prepare.ts'

/** A caller's own check of a fork: what it throws fails the fork. */
export type VerifyFunction = (client: Client) => Promise<unknown> | unknown

/** What the caller wants done with a fork that runs, before it is handed out. A reset does it again. */
export interface Finishing {
  readonly prepare: Prepare | undefined
  readonly verify: VerifyFunction | undefined
  /** Checksums, indexes, collations. */
  readonly isDeep: boolean
  readonly preparedTransactions: 'keep' | 'rollback'
}

export const plainFinishing: Finishing = {
  prepare: undefined,
  verify: undefined,
  isDeep: false,
  preparedTransactions: 'keep',
}
