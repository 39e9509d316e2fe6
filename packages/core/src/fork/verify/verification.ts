import type { ReplacedSetting } from '../../postgres/settings/inherit-settings.ts'
import type { Neutralized } from '../neutralize/neutralize-fork.ts'

/** One thing that was proved of a fork. */
export interface Check {
  readonly name: string
  /** What was found. */
  readonly found: string
}

/** What is known of a fork beyond that it runs: proved, changed, and worth knowing. */
export interface Verification extends Neutralized {
  readonly checks: readonly Check[]
  /** Position in the WAL at which the fork began, as PostgreSQL writes it, such as `0/3000148`. */
  readonly position: string
  /**
   * How far a standby had replayed when it was inspected. Its fork also holds what had been received and not replayed, so
   * that the fork of a delayed standby is newer than what that shows (H41).
   */
  readonly sourceReplayPosition: string | undefined
  /** How the copied files came to agree with each other. */
  readonly consistency: 'atomic' | 'backup' | 'stopped'
  /** Settings of the source that the fork doesn't have. */
  readonly replacedSettings: readonly ReplacedSetting[]
  /** What was neutralised and why, a sentence each. */
  readonly changes: readonly string[]
  /** All of this to read. */
  readonly report: string
}
