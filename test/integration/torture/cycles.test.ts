import { readdir } from 'node:fs/promises'
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { counts, report, timeoutMs } from '../../support/torture-counts.ts'
import { createTortureWorkbench } from '../../support/workbench/torture-workbench.ts'

// What the first forks load and compile stays.
const warmUp = 5
const allowedHeapGrowth = 16 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collectHeap = runInNewContext('gc') as () => void

async function measureProcess() {
  collectHeap()
  return {
    fileDescriptors: (await readdir('/proc/self/fd')).length,
    handles: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    heapBytes: process.memoryUsage().heapUsed,
  }
}

test(
  'cycles of fork and destroy leave nothing in the process that does them, nor outside of it',
  async () => {
    await using bench = await createTortureWorkbench()
    const stateDirectory = await bench.makeStateDirectory('cycles')
    const cycle = async (): Promise<void> => {
      const fork = await createFork({ source: bench.source.dataDirectory, driver: btrfs(), stateDirectory })
      await fork.destroy()
    }
    for (let done = 0; done < warmUp; done++) await cycle()
    const before = await measureProcess()
    const started = performance.now()
    for (let done = 0; done < counts.cycles; done++) await cycle()
    const [after, milliseconds] = [await measureProcess(), performance.now() - started]

    const { heapBytes, ...lasting } = after
    expect(lasting).toEqual({ ...before, heapBytes: undefined })
    expect(heapBytes - before.heapBytes).toBeLessThan(allowedHeapGrowth)
    await bench.expectCollectable(stateDirectory)
    await bench.expectUntouched()
    const growth = ((heapBytes - before.heapBytes) / 1024 / 1024).toFixed(1)
    report(
      `${counts.cycles} cycles in ${(milliseconds / 1000).toFixed(0)} s; descriptors ${before.fileDescriptors} -> ` +
        `${after.fileDescriptors}, listeners ${before.listeners} -> ${after.listeners}, heap ${growth} MiB more; leaks: 0`,
    )
  },
  timeoutMs,
)
