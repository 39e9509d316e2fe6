import { readFile } from 'node:fs/promises'
import type { CommandRunner, UserIdentity } from '../../command/command-runner.ts'
import type { PostmasterPid } from '../files/postmaster-pid.ts'

/**
 * Frees the System V segment of a server that was killed before it could (H19: the segment's key comes from the inode of the
 * data directory, so that a later server need not come across it). Only one that was made by exactly this server and that
 * nobody is attached to any more; as its user, who can write any number into the lock file. Linux tells; elsewhere nothing is done.
 */
export async function releaseSharedMemory(
  postmaster: PostmasterPid,
  owner: UserIdentity,
  runner: CommandRunner,
): Promise<void> {
  const { pid, sharedMemoryId } = postmaster
  if (sharedMemoryId === undefined) return
  const table = await readFile('/proc/sysvipc/shm', 'utf8').catch(() => '')
  const isOurs = table.split('\n').some((row) => {
    const [, id, , , creator, , attached] = row.trim().split(/\s+/).map(Number)
    return id === sharedMemoryId && creator === pid && attached === 0
  })
  if (isOurs) await runner.run('ipcrm', ['--shmem-id', String(sharedMemoryId)], { user: owner })
}
