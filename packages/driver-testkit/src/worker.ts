import { createRunner, type SnapshotDriver } from '@pgfork/core/driver'
import type { TestVolume } from './suite-options.ts'
import { findVolume } from './volume-workbench.ts'

/** What another process is asked to do: snapshot, clone, attach and remove, a few times over. */
export interface WorkerJob {
  readonly module: string
  readonly factory: string
  readonly path: string
  readonly reference?: NonNullable<TestVolume['reference']>
  readonly name: string
  readonly rounds: number
}

process.once('message', (job: WorkerJob) => {
  work(job).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

async function work({ module, factory, name, rounds, ...test }: WorkerJob): Promise<void> {
  const loaded: Record<string, () => SnapshotDriver> = await import(module)
  const driver = loaded[factory]?.()
  if (driver === undefined) throw new Error(`${module} exports no ${factory}`)
  const context = { runner: createRunner(), warn: () => {}, progress: () => {} }
  const volume = await findVolume(driver, test, context)
  for (let round = 0; round < rounds; round++) {
    const reference = { volume, name: `${name}.${round}` }
    await driver.snapshot({ snapshots: [reference] }, context)
    await driver.clone({ ...reference, snapshot: reference }, context)
    await driver.attach(reference, context)
    await driver.removeClone(reference, context)
    await driver.removeSnapshot(reference, context)
  }
}
