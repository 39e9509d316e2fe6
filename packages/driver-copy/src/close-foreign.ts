import { lstatSync } from 'node:fs'
import process from 'node:process'
import type { Command, DriverContext } from '@pgfork/core/driver'
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
  for (const [, ...args] of findForeign(target, target)) await runOnTree('find', args, context)
}

/** The command for that, if there is one. @param like what has the owner that the copy has, or will have */
export function findForeign(target: string, like: string): Command[] {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return []
  const isForeign = ['!', '-uid', String(lstatSync(like).uid), '!', '-type', 'l']
  return [['find', target, ...isForeign, '-exec', 'chmod', 'go=', '{}', '+']]
}
