import { CommandError, type DriverContext } from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import type { Settings } from './options.ts'

/**
 * H75: an active clone has the UUID and the label of its source's file system, so that udev leads `/dev/disk/by-uuid` to it.
 * An ext4 gets a UUID of its own, and no label, in 30 ms, while it isn't mounted. XFS doesn't: it would have to be mounted to
 * replay its log, and then the whole log, up to 2 GiB, would be written for another UUID.
 *
 * @returns false where the clone keeps its source's
 */
export async function giveOwnUuid(
  device: string,
  fileSystem: string,
  settings: Settings,
  context: DriverContext,
): Promise<boolean> {
  if (!fileSystem.startsWith('ext')) return false
  for (const options of attempts) {
    try {
      await runCommand('tune2fs', [...options, '-U', 'random', '-L', '', '--', device], settings, context)
      return true
    } catch (error) {
      if (!(error instanceof CommandError && error.code === 'COMMAND_FAILED')) throw error
    }
  }
  return false
}

/**
 * Checksums of metadata begin with the UUID, or with a seed that is kept in the superblock once this feature is on: then they
 * needn't be written anew. The first one is refused where there are no such checksums, both where encrypted files depend
 * on the UUID (`stable_inodes`).
 */
const attempts: readonly (readonly string[])[] = [['-O', 'metadata_csum_seed'], []]
