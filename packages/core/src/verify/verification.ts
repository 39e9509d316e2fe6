/** One thing that was proved of a fork. */
export interface Check {
  readonly name: string
  /** What was found. */
  readonly found: string
}

/** What is known of a fork beyond that it runs. */
export interface Verification {
  readonly checks: readonly Check[]
  /** Position in the WAL at which the fork began, as PostgreSQL writes it, such as `0/3000148`. */
  readonly position: string
  /** How the copied files came to agree with each other. */
  readonly consistency: 'atomic' | 'backup' | 'still'
  /** What the user should know: what was left out or changed, and why. */
  readonly warnings: readonly string[]
}
