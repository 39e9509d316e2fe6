import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type DriverSuiteOptions, roundsOf } from '../suite-options.ts'
import { read, VolumeWorkbench } from '../volume-workbench.ts'
import type { WorkerJob } from '../worker.ts'
import type { Case } from './case.ts'

const workers = 4

export const concurrency: Case[] = [
  {
    name: 'clones of one snapshot can be made and removed at the same time',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const snapshot = await bench.snapshot('one')
      const work = Array.from({ length: workers }, async (_, number) => {
        const { reference, path } = await bench.clone(snapshot, `clone-${number}`)
        assert.equal(await read(path, 'file'), 'original')
        await bench.driver.removeClone(reference, bench.context())
      })
      await Promise.all(work)
    },
  },
  {
    name: 'two that want the same name: one gets it',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const snapshot = await bench.snapshot('one')
      const clone = bench.reference('same')
      bench.willRemove(clone)
      const attempts = Array.from({ length: workers }, () =>
        options.createDriver().clone({ ...clone, snapshot }, bench.context()),
      )
      const results = await Promise.allSettled(attempts)
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    },
  },
  {
    name: 'several processes work on one volume',
    appliesTo: ({ otherProcess }) => otherProcess !== undefined,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const rounds = Math.ceil(roundsOf(options) / 2)
      const jobs = Array.from({ length: workers }, (_, number) => ({
        path: bench.path,
        ...(bench.test.reference === undefined ? {} : { reference: bench.test.reference }),
        name: `process-${number}`,
        rounds,
      }))
      await Promise.all(jobs.map((job) => runInProcess(options, job)))
      assert.deepEqual(await bench.driver.list(bench.volume, bench.context()), [])
    },
  },
]

function runInProcess(options: DriverSuiteOptions, job: Omit<WorkerJob, 'module' | 'factory'>): Promise<void> {
  const { module, factory, execArgv } = options.otherProcess as NonNullable<DriverSuiteOptions['otherProcess']>
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const file = fileURLToPath(new URL(extension === 'ts' ? '../worker.ts' : './worker.js', import.meta.url))
  const child = fork(file, [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
  })
  let stderr = ''
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  child.send({ ...job, module, factory } satisfies WorkerJob)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status) =>
      status === 0 ? resolve() : reject(new Error(`${job.name} ended with ${status}: ${stderr}`)),
    )
  })
}
