import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { readPages, startWriter } from '../durable-writer.ts'
import { roundsOf, type TestVolume } from '../suite-options.ts'
import { read, VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

const leastPages = 20

/** Waits, within a bound, until a writer has something to lose. */
async function untilWriting(writer: { readonly flushed: number }, atLeast: number): Promise<void> {
  for (let waited = 0; writer.flushed < atLeast; waited++) {
    assert.ok(waited < 3_000, 'the writer got nowhere in 30 s')
    await delay(10)
  }
}

export const snapshots: Case[] = [
  {
    name: 'a snapshot holds what was there, and nothing that came later',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('kept', 'before')
      await bench.write('folder/deep/file', 'before')
      const snapshot = await bench.snapshot('one')
      await bench.write('kept', 'after')
      await bench.write('late', 'after')
      const { path } = await bench.clone(snapshot, 'clone')
      assert.equal(await read(path, 'kept'), 'before')
      assert.equal(await read(path, 'folder/deep/file'), 'before')
      await assert.rejects(read(path, 'late'), { code: 'ENOENT' })
    },
  },
  {
    name: 'everything flushed before a snapshot is in it, whole, while the volume is written',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const writer = await startWriter(bench.path)
      try {
        for (let round = 0; round < roundsOf(options); round++) {
          await untilWriting(writer, writer.flushed + leastPages)
          const flushed = writer.flushed
          const snapshot = await bench.snapshot(`round-${round}`)
          const begun = writer.begun
          const { path } = await bench.clone(snapshot, `round-${round}`)
          const { whole, torn } = await readPages([path])
          for (let number = 0; number <= flushed; number++)
            assert.ok(whole.has(number), `page ${number} of ${flushed} is lost`)
          for (const number of [...whole, ...torn])
            assert.ok(number <= begun, `page ${number} is newer than the snapshot (${begun})`)
        }
      } finally {
        await writer.stop()
      }
    },
  },
  {
    name: 'a snapshot is one instant: no page is in it without all that were flushed before it',
    appliesTo: ({ semantics }) => semantics.atomicity !== 'none',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const writer = await startWriter(bench.path)
      try {
        for (let round = 0; round < roundsOf(options); round++) {
          await untilWriting(writer, writer.flushed + leastPages)
          const { path } = await bench.clone(await bench.snapshot(`round-${round}`), `round-${round}`)
          await expectNoGap([path])
        }
      } finally {
        await writer.stop()
      }
    },
  },
  {
    name: 'snapshots of several volumes of a pool are one instant',
    appliesTo: ({ semantics, createVolumes }) => semantics.atomicity === 'pool' && createVolumes !== undefined,
    run: async (options) => {
      const volumes = (await options.createVolumes?.(3)) as readonly TestVolume[]
      const benches = await Promise.all(volumes.map((volume) => VolumeWorkbench.of(options, volume)))
      const [first] = benches as [VolumeWorkbench]
      try {
        const writer = await startWriter(
          '',
          benches.map(({ path }) => path),
        )
        try {
          for (let round = 0; round < roundsOf(options); round++) {
            await untilWriting(writer, writer.flushed + leastPages)
            const references = benches.map((bench, index) => bench.reference(`round-${round}.${index}`))
            await first.driver.snapshot({ snapshots: references }, first.context())
            const paths: string[] = []
            for (const [index, bench] of benches.entries()) {
              const reference = references[index] as (typeof references)[number]
              paths.push((await bench.clone(reference, `round-${round}.${index}`)).path)
            }
            await expectNoGap(paths)
          }
        } finally {
          await writer.stop()
        }
      } finally {
        for (const [index, bench] of benches.entries()) {
          for (let round = 0; round < roundsOf(options); round++) {
            const name = `round-${round}.${index}`
            await bench.driver.removeClone(bench.reference(name), bench.context())
            await bench.driver.removeSnapshot(bench.reference(name), bench.context())
          }
          await bench[Symbol.asyncDispose]()
        }
      }
    },
  },
]

async function expectNoGap(folders: readonly string[]): Promise<void> {
  const { whole, torn } = await readPages(folders)
  const newest = Math.max(-1, ...whole, ...torn)
  assert.ok(newest >= leastPages, `only ${newest} pages were found`)
  // The newest one may have been under way.
  for (let number = 0; number < newest; number++)
    assert.ok(
      whole.has(number),
      `page ${number} is missing or torn, though ${newest} is there, which was begun after it was flushed`,
    )
}
