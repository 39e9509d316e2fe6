import { lstat } from 'node:fs/promises'
import process from 'node:process'
import type { DriverContext } from '@pgfork/core/driver'
import { runOnTree } from './command.ts'
import type { Copy } from './copy.ts'

/**
 * Closes what root has copied from a live source and is not its owner's. He can put a link in a directory's place while it
 * is copied, and root would copy for him what lies in directories that he can't enter (H63): it keeps its own owner, and here loses
 * its rights for others. So do files of root's in a data directory, such as a key, that a fork has no use for.
 *
 * The owner is the copy's own, which nobody reaches: the source he can exchange for a directory of root's, such as `lost+found`. A copy
 * of another user's is refused later.
 */
export async function closeForeign({ target }: Copy, context: DriverContext): Promise<void> {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return
  const { uid } = await lstat(target)
  const isForeign = ['!', '-uid', String(uid), '!', '-type', 'l']
  await runOnTree('find', [target, ...isForeign, '-exec', 'chmod', 'go=', '{}', '+'], context)
}
