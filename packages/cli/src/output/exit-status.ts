import { type ErrorCode, isPgforkError } from '@pgfork/core'

/** What the command ends with; docs/cli.md lists them. They are stable. */
export const exitStatus = {
  done: 0,
  failed: 1,
  /** The command line or the configuration is wrong; nothing was done. */
  usage: 2,
  notFound: 3,
  /** What is there forbids it: a name that is taken, a fork that is protected, a snapshot with forks. */
  conflict: 4,
  /** `doctor` found something that keeps forks from working. */
  unhealthy: 5,
  /** `run` itself failed, not its command; as in env(1) and timeout(1). */
  runFailed: 125,
  cannotRun: 126,
  commandNotFound: 127,
} as const

const statusOfCode: Partial<Record<ErrorCode, number>> = {
  INVALID_OPTION: exitStatus.usage,
  INVALID_NAME: exitStatus.usage,
  FORK_NOT_FOUND: exitStatus.notFound,
  SNAPSHOT_NOT_FOUND: exitStatus.notFound,
  HISTORY_NOT_FOUND: exitStatus.notFound,
  STANDBY_NOT_FOUND: exitStatus.notFound,
  IMPORT_NOT_FOUND: exitStatus.notFound,
  SOURCE_NOT_FOUND: exitStatus.notFound,
  NAME_TAKEN: exitStatus.conflict,
  FORK_PROTECTED: exitStatus.conflict,
  SNAPSHOT_PROTECTED: exitStatus.conflict,
  TARGET_EXISTS: exitStatus.conflict,
  BUSY: exitStatus.conflict,
  PORT_IN_USE: exitStatus.conflict,
}

export const statusOf = (error: unknown): number =>
  (isPgforkError(error) ? statusOfCode[error.code] : undefined) ?? exitStatus.failed

/** Of a process that a signal ended, as shells tell it. */
export const statusOfSignal = (number: number): number => 128 + number
