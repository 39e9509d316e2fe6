import type { UserIdentity } from '../../command/command-runner.ts'
import type { Directory } from '../../files/directory.ts'
import { replaceFile } from '../../files/replace-file.ts'

/**
 * Settings with which recovery ends on a timeline of its own. `restore_command` is compulsory and must find nothing: the
 * shell's own `false` is there even where `/bin/false` is not (H13). `current` keeps recovery from following a timeline
 * that isn't the source's.
 */
const recoverySettings = { restore_command: 'false', recovery_target_timeline: 'current' }

/** From version 12 on these are ordinary settings; before, they stand in recovery.conf. */
const firstMajorWithSignalFiles = 12

export const recoverySettingsFor = (major: number): Record<string, string> =>
  major >= firstMajorWithSignalFiles ? recoverySettings : {}

/**
 * Makes the next start an archive recovery, which ends on a new timeline (H12) and enforces a standby's minimum recovery
 * point (H40).
 */
export function requestArchiveRecovery(dataDirectory: Directory, major: number, owner: UserIdentity): void {
  if (major >= firstMajorWithSignalFiles) replaceFile(dataDirectory, 'recovery.signal', '', owner)
  // There `current` is the default, and can't be written.
  else replaceFile(dataDirectory, 'recovery.conf', `restore_command = 'false'\n`, owner)
}
