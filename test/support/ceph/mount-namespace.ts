import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { inMountNamespace } from '../elsewhere/in-mount-namespace.ts'

/** A host that has none of another one's file systems mounted. What is mounted there ends with it and its processes. */
export interface MountNamespace extends AsyncDisposable {
  /** A word for nsenter(1). */
  readonly word: string
}

/** @param without mount points, the deepest first, that it doesn't have */
export async function createMountNamespace(without: readonly string[]): Promise<MountNamespace> {
  const script = 'for path do umount -l "$path"; done; echo ready; exec cat > /dev/null'
  const [file = '', ...words] = [...inMountNamespace(script, ['--propagation', 'private']), ...without]
  const holder = spawn(file, words, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(holder, 'exit')
  const ready = await Promise.race([once(holder.stdout, 'data'), ended])
  if (!String(ready[0]).includes('ready')) throw new Error(`No mount namespace could be made (exit ${ready[0]}).`)
  return {
    word: `--mount=/proc/${holder.pid}/ns/mnt`,
    async [Symbol.asyncDispose]() {
      holder.stdin.end()
      await ended
    },
  }
}
