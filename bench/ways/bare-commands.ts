import { join } from 'node:path'
import { startPostgres } from '../start-postgres.ts'
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
    const server = await watch.time('start', () =>
      startPostgres(source.binDirectory, target, { logFile: join(source.socketDirectory, `fork-${port}.log`) }),
    )
    await client.end()
    return {
      steps: watch.steps,
      async remove() {
        await server.end()
        await deleteSubvolume(target)
      },
    }
  },
}
