import type { UserIdentity } from '../../command/command-runner.ts'
import type { Directory } from '../../files/directory.ts'
import { replaceFile } from '../../files/replace-file.ts'

/** `current` keeps recovery from following a timeline that isn't the source's; a number lets it follow that one to a moment. */
type FollowedTimeline = number | 'current'

/** From version 12 on these are ordinary settings; before, they stand in recovery.conf. */
const firstMajorWithSignalFiles = 12

export const recoverySettingsFor = (major: number, followed: FollowedTimeline = 'current'): Record<string, string> =>
  major >= firstMajorWithSignalFiles ? { recovery_target_timeline: String(followed) } : {}

/**
 * Makes the next start that of a standby, to be promoted when it has replayed all that there is. Its recovery ends on a new timeline
 * (H12) and enforces a standby's minimum recovery point (H40), as archive recovery by `recovery.signal` would. But a promotion
 * writes one record where the end of archive recovery writes a checkpoint (`PerformRecoveryXLogAction` in xlog.c): the server
 * is open at once, and a checkpoint follows at leisure. Nor does a standby need a `restore_command` (H13): PostgreSQL only warns
 * that it has neither that nor a primary. The warning stays: the one costs four shells a start, the other is H22.
 */
export function requestStandby(
  dataDirectory: Directory,
  major: number,
  owner: UserIdentity,
  followed: FollowedTimeline = 'current',
): void {
  if (major >= firstMajorWithSignalFiles) replaceFile(dataDirectory, 'standby.signal', '', owner)
  else {
    // There `current` is the default, and can't be written.
    const timeline = followed === 'current' ? '' : `recovery_target_timeline = '${followed}'\n`
    replaceFile(dataDirectory, 'recovery.conf', `standby_mode = 'on'\n${timeline}`, owner)
  }
}
