import type { CommandRunner } from '../../command/command-runner.ts'
import { isLinux, isRoot } from '../../files/descriptor.ts'

/**
 * Takes from a clone what is a right on this machine: the set-id bits of files, and devices. Root in a container can have put any into his volume, where
 * nobody on this machine reaches them, as those who reach the clone will (H118).
 *
 * @param root of a clone that was not handed over yet
 */
export async function dropPrivilegedFiles(root: string, runner: CommandRunner, signal?: AbortSignal): Promise<void> {
  if (!isLinux || !isRoot()) return
  const setId = ['-type', 'f', '-perm', '/6000', '-exec', 'chmod', 'ug-s', '{}', '+']
  const devices = ['(', '-type', 'b', '-o', '-type', 'c', ')', '-delete']
  const words = [root, '-xdev', '(', ...setId, ')', '-o', ...devices]
  await runner.run('find', words, signal === undefined ? {} : { signal })
}
