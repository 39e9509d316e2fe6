import { join } from 'node:path'
import type { Cluster } from './cluster.ts'
import { writeServerFile } from './configuration.ts'

/** Replaces a server's access rules but for its superuser's over its socket, and has it read them. */
export async function letIn(cluster: Cluster, rules: readonly string[]): Promise<void> {
  await writeServerFile(
    join(cluster.dataDirectory, 'pg_hba.conf'),
    ['local all postgres trust', ...rules, ''].join('\n'),
  )
  // Also reloads it.
  await cluster.settings({})
}
