import { join } from 'node:path'
import { runner } from '../../test/support/system/runner.ts'
import { serverUser } from '../../test/support/system/server-user.ts'
import { deleteSubvolume, editFiles, takeSnapshot, untilWritable } from './by-hand.ts'
import { Stopwatch, type Way } from './way.ts'

const asServerUser = { timeoutMs: 300_000, ...(serverUser === undefined ? {} : { user: serverUser }) }

/** Snapshot, edit, `pg_ctl -w start`, a timeline of its own; no checkpoint. */
export const recipe: Way = {
  name: 'by hand, without a checkpoint',
  async fork(request) {
    const { source, target } = request
    const pgCtl = join(source.binDirectory, 'pg_ctl')
    const log = join(source.socketDirectory, `fork-${request.port}.log`)
    const watch = new Stopwatch()
    await watch.time('snapshot', () => takeSnapshot(request))
    await watch.time('edit', () => editFiles(request))
    await watch.time('start', () =>
      runner.run(pgCtl, ['-w', '-t', '300', '-D', target, '-l', log, 'start'], asServerUser),
    )
    await watch.time('writable', () => untilWritable(request))
    return {
      steps: watch.steps,
      async remove() {
        await runner.run(pgCtl, ['-w', '-D', target, '-m', 'immediate', 'stop'], asServerUser)
        await deleteSubvolume(target)
      },
    }
  },
}
