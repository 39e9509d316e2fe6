import { isPgforkError } from '@pgfork/core'

/** One thing that was looked at. */
export interface Finding {
  /** Stable, for scripts: `tools.btrfs`, `source.space`. */
  readonly check: string
  /** `problem`: no fork can be made like this; `warning`: it can, but worse than it could be. */
  readonly status: 'ok' | 'warning' | 'problem'
  readonly message: string
  /** What to do; undefined where all is well. */
  readonly remedy: string | undefined
}

export const ok = (check: string, message: string): Finding => ({ check, status: 'ok', message, remedy: undefined })

export const warning = (check: string, message: string, remedy: string): Finding => ({
  ...{ check, status: 'warning', message, remedy },
})

export const problem = (check: string, message: string, remedy: string): Finding => ({
  ...{ check, status: 'problem', message, remedy },
})

/** @param remedy what is to be done if the error's own message doesn't say it; default: where its code is explained */
export function failed(check: string, error: unknown, remedy?: string): Finding {
  const message = error instanceof Error ? error.message : String(error)
  if (!isPgforkError(error)) return problem(check, message, remedy ?? 'This should not happen: please report it.')
  const names = [error.code, error.hazard].filter(Boolean).join(', ')
  return problem(check, `${message} (${names})`, remedy ?? `pgfork explain ${error.code}`)
}
