import type { CommandRunner } from '../../command/command-runner.ts'
import { isLinux, isRoot } from '../../files/descriptor.ts'
import { findMount } from '../../storage/kit/mounts.ts'

/**
 * Takes from a clone what is a right on this machine: the set-id bits and capabilities of files, and devices. Root in a container can have put any into
 * his volume, where nobody on this machine reaches them, as those who reach the clone will (H118).
 *
 * @param root of a clone that was not handed over yet
 */
export async function dropPrivilegedFiles(root: string, runner: CommandRunner, signal?: AbortSignal): Promise<void> {
  if (!isLinux || !isRoot()) return
  // With each chown, also one to nobody in particular, the kernel drops a file's capabilities, which find can't see. An overlay would copy every file
  // for it; a clone that is one is mounted `nosuid`, where they have no effect (H83).
  const isOverlay = (await findMount(root))?.fileSystem === 'overlay'
  const capabilities = isOverlay ? [] : ['-exec', 'chown', '--no-dereference', ':', '{}', '+']
  const setId = ['-perm', '/6000', '-exec', 'chmod', 'ug-s', '{}', '+']
  const devices = ['(', '-type', 'b', '-o', '-type', 'c', ')', '-delete']
  const words = [root, '-xdev', '(', '-type', 'f', ...capabilities, ...setId, ')', '-o', ...devices]
  await runner.run('find', words, signal === undefined ? {} : { signal })
}
