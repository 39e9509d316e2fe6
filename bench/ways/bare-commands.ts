import { join } from 'node:path'
import process from 'node:process'
import { readPostmasterPid } from '../../test/support/cluster/postmaster-pid.ts'
import { runner } from '../../test/support/system/runner.ts'
import { serverUser } from '../../test/support/system/server-user.ts'
import { waitUntil } from '../../test/support/wait-until.ts'
import { deleteSubvolume, editFiles, takeSnapshot } from './by-hand.ts'
import { Stopwatch, type Way } from './way.ts'

/**
 * The least that can be done: a checkpoint, a snapshot, three files, and `postgres` until it says in postmaster.pid that
 * it is ready. Nothing is looked at before or verified after.
 */
export const bareCommands: Way = {
  name: 'by hand, with a checkpoint',
  async fork(request) {
    const { source, target, port } = request
    const client = await source.client()
    const watch = new Stopwatch()
    await watch.time('checkpoint', () => client.query('CHECKPOINT'))
    await watch.time('snapshot', () => takeSnapshot(request))
    await watch.time('edit', () => editFiles(request, 'hot_standby = off\n'))
    const server = await watch.time('start', async () => {
      const started = await runner.start(join(source.binDirectory, 'postgres'), ['-D', target], {
        outputFile: join(source.socketDirectory, `fork-${port}.log`),
        workingDirectory: '/',
        diesWithCaller: true,
        ...(serverUser === undefined ? {} : { user: serverUser }),
      })
      await waitUntil(async () => (await readPostmasterPid(target))?.status === 'ready', {
        timeoutMs: 300_000,
        pauseMs: 1,
        what: 'ready server',
      })
      return started
    })
    await client.end()
    let hasEnded = false
    void server.exited.then(() => {
      hasEnded = true
    })
    return {
      steps: watch.steps,
      async remove() {
        process.kill(server.pid, 'SIGQUIT')
        await waitUntil(() => hasEnded, { timeoutMs: 60_000, what: 'end of the server' })
        await deleteSubvolume(target)
      },
    }
  },
}
