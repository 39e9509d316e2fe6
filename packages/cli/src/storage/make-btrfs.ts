import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '@pgfork/core'

const mostAttempts = 20

/**
 * Runs `mkfs.btrfs`, again where it met a loop device that somebody else was just detaching: before it writes anything it looks through
 * all that is mounted, and gives up at the first one that has no file any more.
 *
 * @throws CommandError of the last attempt
 */
export async function makeBtrfs(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      await run()
      return
    } catch (error) {
      const isOfOthers = error instanceof CommandError && error.stderr.includes('cannot check mount status')
      if (!isOfOthers || attempt === mostAttempts) throw error
      await delay(100)
    }
}
