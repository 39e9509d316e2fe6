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
