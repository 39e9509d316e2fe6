import type { Prepare } from './run-prepare.ts'
import type { VerifyFunction } from './verify/verify-by-sql.ts'

/** What the caller wants done with a fork that runs, before it is handed out. A reset does it again. */
export interface AfterStart {
  /** Whether the fork is connected to before it is handed out. Without it, its files alone prove what it is. */
  readonly connects: boolean
  readonly prepare: Prepare | undefined
  readonly verify: VerifyFunction | undefined
  /** Checksums, indexes, collations. */
  readonly isDeep: boolean
  readonly preparedTransactions: 'keep' | 'rollback'
  /** The role and the database that the caller wants in `connection`, where he said so. */
  readonly login: { readonly role?: string | undefined; readonly database?: string | undefined }
}

export const plainAfterStart: AfterStart = {
  connects: true,
  prepare: undefined,
  verify: undefined,
  isDeep: false,
  preparedTransactions: 'keep',
  login: {},
}
