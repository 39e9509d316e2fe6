import { copyFileSync, rmSync } from 'node:fs'
import { copyFile, open, readdir, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { createSnapshot, isPgforkError } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { archive, eventsIn, sourceMaker, upTo, write } from './describe-moments.ts'

await describeWorkbench(
  'archives whose segments are not what their names say',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const make = sourceMaker(bench, storage)
    return {
      ...{ source: await make('archived'), other: await make('other') },
      folder: await bench.directory(storage, 'source/archived'),
    }
  },
  (bench) => {
    test('H79: a segment that is another one, of another cluster, damaged, short, gone, or used again while it is copied: refused before a server is started', async () => {
      const { source, other } = bench
      const folder = join(bench.folder, 'archive')
      const foreign = join(bench.folder, 'foreign')
      for (let round = 0; round < 8; round++) await other.query('SELECT txid_current(); SELECT pg_switch_wal()')
      await archive(other, foreign)
      await using snapshot = await createSnapshot({
        source: source.dataDirectory,
        name: 'archived',
        driver: btrfs(),
        ...bench.options,
      })
      const written = []
      for (let id = 1; id <= 4; id++) {
        written.push(await write(source, id))
        if (id === 2)
          await source.query(
            'CREATE TABLE filler AS SELECT repeat(md5(n::text), 20) AS text FROM generate_series(1, 2000) n',
          )
        await source.query('SELECT pg_switch_wal()')
      }
      await archive(source, folder)
      for (let round = 0; round < 2; round++)
        await source.query('SELECT txid_current(); SELECT pg_switch_wal(); CHECKPOINT')
      const at = written[3]?.before.location ?? ''
      const steps: string[] = []
      const make = () =>
        bench.fork(source, {
          ...{ source: snapshot, at, wal: folder, driver: btrfs() },
          onProgress: ({ step }) => void steps.push(step),
        })
      // With the second row, and much after it.
      const [of] = await source.query<{ name: string }>('SELECT pg_walfile_name($1) AS name', [
        written[1]?.before.location,
      ])
      const wanted = of?.name ?? ''
      const path = join(folder, wanted)
      const good = join(bench.folder, 'good')
      await copyFile(path, good)
      const next = (await readdir(folder)).sort().at(-1) ?? ''
      const spoiled: Record<string, () => Promise<unknown>> = {
        'another one, as in a file that was used again': () => copyFile(join(folder, next), path),
        'that of another cluster': () => copyFile(join(foreign, wanted), path),
        'that of another cluster whose records would fit': () => overwrite(path, 24, Buffer.alloc(8, 7)),
        'one that is larger than a segment': () => truncate(path, 1024 ** 4),
        'one with a damaged record': () => damage(path, 100_000),
        'one that is cut off': () => truncate(path, 100_000),
        'an empty one': () => truncate(path, 0),
        gone: () => rm(path),
      }
      for (const [what, spoil] of Object.entries(spoiled)) {
        steps.length = 0
        await spoil()
        const error = await make().then(
          (fork) => fork.destroy(),
          (reason: unknown) => reason,
        )
        expect([what, isPgforkError(error) && error.code]).toEqual([what, 'MOMENT_NOT_COVERED'])
        expect(error).toMatchObject({ step: 'moment', leftBehind: [] })
        expect(steps).not.toContain('start')
        await copyFile(good, path)
      }
      // When it was read already, and those before it are copied.
      const lately: Record<string, () => void> = {
        'the source uses it again': () => copyFileSync(join(folder, next), path),
        'it is removed': () => rmSync(path, { force: true }),
      }
      for (const [what, spoil] of Object.entries(lately)) {
        steps.length = 0
        const late = bench.fork(source, {
          ...{ source: snapshot, at, wal: folder, driver: btrfs() },
          onProgress({ step, status }) {
            steps.push(step)
            if (step === 'moment' && status === 'running') spoil()
          },
        })
        const error = await late.catch((error: unknown) => error)
        expect([what, isPgforkError(error) && error.code]).toEqual([what, 'MOMENT_NOT_COVERED'])
        expect(error).toMatchObject({ step: 'moment', leftBehind: [] })
        expect(steps).not.toContain('start')
        await copyFile(good, path)
      }
      await using fork = await make()
      expect(await eventsIn(fork)).toEqual(upTo(3))
      await rm(good)
    })
  },
)

async function overwrite(path: string, offset: number, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.write(bytes, 0, bytes.length, offset)
  } finally {
    await file.close()
  }
}

async function damage(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const { buffer } = await file.read(Buffer.alloc(16), 0, 16, offset)
    for (let index = 0; index < buffer.length; index++) buffer[index] = (buffer[index] ?? 0) ^ 0x55
    await file.write(buffer, 0, 16, offset)
  } finally {
    await file.close()
  }
}
