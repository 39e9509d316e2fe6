import { runner } from '../system/runner.ts'
import { zpool } from './create-dataset.ts'

/** As in `test/lab/provision-zfs.sh`. */
const disk = '/dev/ubdc'

/** Exports the zpool, as if it were not imported yet. Disposing imports it again. */
export async function takeAwayPool(): Promise<AsyncDisposable> {
  await runner.run('zpool', ['export', zpool])
  return {
    async [Symbol.asyncDispose]() {
      await runner.run('zpool', ['import', '-d', disk, zpool])
    },
  }
}
