import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { runner } from '../system/runner.ts'

const setup = fileURLToPath(new URL('./setup.sh', import.meta.url))

/** Why no cluster can be started on this machine; undefined when one can. Debian's packages are installed where they are missing. */
export async function whyNoCeph(): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'a cluster of Ceph needs root, for loop devices and mounts'
  for (const device of ['/dev/fuse', '/dev/loop-control'])
    if (
      !(await access(device).then(
        () => true,
        () => false,
      ))
    )
      return `there is no ${device}`
  return runner.run('bash', [setup], { timeoutMs: 300_000 }).then(
    () => undefined,
    (error: unknown) => `Ceph can't be installed: ${error instanceof Error ? error.message : String(error)}`,
  )
}
