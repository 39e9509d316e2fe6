import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { runner } from '../system/runner.ts'
import type { Cluster } from './index.ts'

/** Moves the WAL of a cluster to a directory elsewhere, as an administrator does, by a link. It is restarted for it. */
export async function moveWal(cluster: Cluster, target: string): Promise<void> {
  await cluster.stop()
  const path = join(cluster.dataDirectory, 'pg_wal')
  await runner.run('cp', ['--archive', path, target])
  await runner.run('rm', ['-r', path])
  await symlink(target, path)
  await cluster.start()
}
