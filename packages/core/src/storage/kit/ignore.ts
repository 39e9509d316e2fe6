import type { ErrorCode } from '../../errors/codes.ts'
import { isPgforkError } from '../../errors/pgfork-error.ts'

/**
 * For `catch`: the outcome that one code stands for is fine, as `COPY_MISSING` is when something is removed, and
 * `TARGET_EXISTS` when another process was faster.
 */
export const ignore =
  (code: ErrorCode) =>
  (error: unknown): undefined => {
    if (!isPgforkError(error, code)) throw error
  }
