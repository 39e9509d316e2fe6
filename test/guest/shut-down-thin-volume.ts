import { findMount } from '@pgfork/core'
import { runner } from '../support/system/runner.ts'

export async function shutDownThinVolume(mountPoint: string): Promise<void> {
  const mount = await findMount(mountPoint)
  await runner.run('umount', [mountPoint])
  await runner.run('lvchange', ['--activate', 'n', mount?.source ?? ''])
}
