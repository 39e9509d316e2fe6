import { milliseconds, type OptionShape } from '../options/checks.ts'

/** Time limits, in milliseconds. */
export interface Timeouts {
  /** One external command, except those that copy or remove a whole tree, which may take longer. Default 60,000. */
  readonly commandMs: number
  /** One statement on the source, including the checkpoint. Default 300,000. */
  readonly sourceStatementMs: number
  /** The fork's server, from its start until it accepts writes, including recovery. Default 300,000. */
  readonly startMs: number
  /** A clean stop of the fork's server. Then it is stopped harder. Default 20,000. */
  readonly stopMs: number
  /** Each statement of the verification. Default 30,000. */
  readonly verifyMs: number
  /** Reading all pages, for `verify: { deep: true }`. Default a day. */
  readonly deepVerifyMs: number
}

export const defaultTimeouts: Timeouts = {
  commandMs: 60_000,
  sourceStatementMs: 300_000,
  startMs: 300_000,
  stopMs: 20_000,
  verifyMs: 30_000,
  deepVerifyMs: 24 * 60 * 60 * 1000,
}

export const timeoutShape: OptionShape<Timeouts> = {
  commandMs: milliseconds,
  sourceStatementMs: milliseconds,
  startMs: milliseconds,
  stopMs: milliseconds,
  verifyMs: milliseconds,
  deepVerifyMs: milliseconds,
}
