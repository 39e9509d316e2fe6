import type { UserIdentity } from '../../command/command-runner.ts'
import type { Directory } from '../../files/directory.ts'
import { replaceFile } from '../../files/replace-file.ts'

/** `current` keeps recovery from following a timeline that isn't the source's. */
const recoverySettings = { recovery_target_timeline: 'current' }

/** From version 12 on these are ordinary settings; before, they stand in recovery.conf. */
const firstMajorWithSignalFiles = 12

export const recoverySettingsFor = (major: number): Record<string, string> =>
  major >= firstMajorWithSignalFiles ? recoverySettings : {}

/**
 * Makes the next start that of a standby, to be promoted when it has replayed all that there is. Its recovery ends on a new timeline
 * (H12) and enforces a standby's minimum recovery point (H40), as archive recovery by `recovery.signal` would. But a promotion
 * writes one record where the end of archive recovery writes a checkpoint (`PerformRecoveryXLogAction` in xlog.c): the server
 * is open at once, and a checkpoint follows at leisure. Nor does a standby need a `restore_command` (H13): PostgreSQL only warns
 * that it has neither that nor a primary. The warning stays: the one costs four shells a start, the other is H22.
 */
export function requestStandby(dataDirectory: Directory, major: number, owner: UserIdentity): void {
  if (major >= firstMajorWithSignalFiles) replaceFile(dataDirectory, 'standby.signal', '', owner)
  // There `current` is the default, and can't be written.
  else replaceFile(dataDirectory, 'recovery.conf', `standby_mode = 'on'\n`, owner)
}
