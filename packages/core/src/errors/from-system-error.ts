import { isNativeError } from 'node:util/types'
import type { ErrorCode } from './codes.ts'
import { messageOf } from './message-of.ts'
import { PgforkError } from './pgfork-error.ts'

const codeOf: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EROFS: 'PERMISSION_DENIED',
  EBUSY: 'BUSY',
}

/** An error of Node's file system calls as ours; everything else keeps `otherwise`. A `PgforkError` stays as it is. */
export function fromSystemError(error: unknown, otherwise: ErrorCode, what: string): PgforkError {
  if (error instanceof PgforkError) return error
  const systemCode = isSystemError(error) ? error.code : undefined
  const reason = messageOf(error)
  return new PgforkError((systemCode && codeOf[systemCode]) || otherwise, `${what}: ${reason}`, { cause: error })
}

/** In a test runner with a context of its own (Jest), Node's errors are no instances of that context's `Error`. */
export const isSystemError = (error: unknown, code?: string): error is NodeJS.ErrnoException =>
  isNativeError(error) && 'syscall' in error && (code === undefined || (error as NodeJS.ErrnoException).code === code)
