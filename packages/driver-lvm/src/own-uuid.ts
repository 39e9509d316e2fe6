import { CommandError, type DriverContext } from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import type { Settings } from './options.ts'

const withSeed = ['-O', 'metadata_csum_seed']

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
  if (!takesOwnUuid(fileSystem)) return false
  const change = async (features: readonly string[]): Promise<true> => {
    await runCommand('tune2fs', uuidWords(device, features), settings, context)
    return true
  }
  try {
    // Checksums of metadata begin with the UUID, or with a seed that the superblock holds from here on: they stay as they are.
    return await change(withSeed).catch((error: unknown) => {
      if (says(error, /only supported\s+on filesystems with the metadata_csum feature/)) return change([])
      throw error
    })
  } catch (error) {
    // Encrypted files that depend on the UUID (stable_inodes), and whatever else tune2fs won't touch: the clone is none the worse.
    if (says(error, /^/)) return false
    throw error
  }
}

export const takesOwnUuid = (fileSystem: string): boolean => fileSystem.startsWith('ext')

/** What `tune2fs` is told at first. */
export const uuidWords = (device: string, features: readonly string[] = withSeed): string[] => [
  ...features,
  ...['-U', 'random', '-L', '', '--', device],
]

const says = (error: unknown, words: RegExp): boolean =>
  error instanceof CommandError && error.code === 'COMMAND_FAILED' && words.test(error.stderr)
