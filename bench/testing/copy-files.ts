import type { FileSystemName } from '../../test/support/storage/index.ts'
import { runner } from '../../test/support/system/runner.ts'

/** One command of the storage: a snapshot, reflinks, or bytes. */
export async function copyFiles(filesystem: FileSystemName, from: string, to: string): Promise<void> {
  if (filesystem === 'btrfs') await runner.run('btrfs', ['subvolume', 'snapshot', from, to])
  else await runner.run('cp', ['-a', `--reflink=${filesystem === 'xfs' ? 'always' : 'never'}`, from, to])
}
