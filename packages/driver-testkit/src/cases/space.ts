import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

const megabyte = 1024 * 1024
const writtenBytes = 32 * megabyte
const longestWaitMs = 45_000

/**
 * Storage accounts for what was written, and frees what was removed, with its next commits: syncfs asks for them. Nobody's
 * other writes are as large.
 */
async function untilUsed(bench: VolumeWorkbench, holds: (usedBytes: number) => boolean, what: string): Promise<number> {
  const started = performance.now()
  for (;;) {
    const { usedBytes } = (await bench.driver.space(bench.volume, bench.context())).data
    if (holds(usedBytes)) return usedBytes
    assert.ok(performance.now() - started < longestWaitMs, `${what}: ${usedBytes} bytes are used`)
    await bench.context().runner.run('sync', ['-f', bench.path])
    await delay(200)
  }
}

async function writeFlushed(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.write(randomBytes(bytes))
    await file.sync()
  } finally {
    await file.close()
  }
}

export const space: Case[] = [
  {
    name: 'space: a clone takes what is written to it, and gives it back when it is removed',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await writeFlushed(join(bench.path, 'original'), megabyte)
      const { reference, path } = await bench.clone(await bench.snapshot('one'), 'one')
      const before = (await bench.driver.space(bench.volume, bench.context())).data.usedBytes
      await writeFlushed(join(path, 'large'), writtenBytes)
      const high = await untilUsed(bench, (used) => used >= before + writtenBytes / 2, 'the write does not show')
      await bench.driver.removeClone(reference, bench.context())
      await untilUsed(bench, (used) => used <= high - writtenBytes / 2, 'the removal does not show')
    },
  },
]
