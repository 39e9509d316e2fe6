import type { ReplacedSetting } from '../../postgres/settings/inherit-settings.ts'
import type { Neutralized } from '../neutralize/neutralize-fork.ts'

/** One thing that was checked of a fork. */
export interface Check {
  readonly name: string
  /** What was found. */
  readonly found: string
}

/** What was verified of a fork, what was changed in it, and what its user should know. */
export interface Verification extends Neutralized {
  readonly checks: readonly Check[]
  /** Position in the WAL at which the fork began, as PostgreSQL writes it, such as `0/3000148`. */
  readonly position: string
  /**
   * How far a standby had replayed when it was inspected. Its fork also holds what the standby had received but not replayed, so
   * the fork of a delayed standby is newer than what the standby shows (H41).
   */
  readonly sourceReplayPosition: string | undefined
  /** Why the copied files agree with each other. */
  readonly consistency: 'atomic' | 'backup' | 'stopped'
  /** Settings of the source that the fork doesn't have. */
  readonly replacedSettings: readonly ReplacedSetting[]
  /** What was changed and why, a sentence each. */
  readonly changes: readonly string[]
  /** All of this as text. */
  readonly report: string
}
