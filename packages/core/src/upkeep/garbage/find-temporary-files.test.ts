import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startOperation } from '../../operation/operation.ts'
import { findTemporaryFiles, oldMs } from './find-temporary-files.ts'

test('half-written records and claims of killed processes are collected late, wherever they lie in the state directory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgfork-test-'))
  try {
    const operation = await startOperation({ stateDirectory: join(folder, 'state') })
    const { path, ports, timelines } = operation.state
    // Those that another package has of its own, too.
    const places = [ports, join(path, 'branches'), join(timelines, '7')]
    await mkdir(join(path, 'branches'))
    await mkdir(join(timelines, '7'))
    const long = new Date(Date.now() - oldMs - 1_000)
    for (const place of places) {
      for (const name of ['.20000.0123456789ab.tmp', '.20001.0123456789ab.tmp', '20002'])
        await writeFile(join(place, name), 'one')
      for (const name of ['.20000.0123456789ab.tmp', '20002']) await utimes(join(place, name), long, long)
    }
    const found = await findTemporaryFiles(operation, {})
    expect(found.map(({ name }) => name).sort()).toEqual(
      places.map((place) => join(place, '.20000.0123456789ab.tmp')).sort(),
    )
    for (const { remove } of found) await remove()
    for (const place of places) expect((await readdir(place)).sort()).toEqual(['.20001.0123456789ab.tmp', '20002'])
  } finally {
    await rm(folder, { recursive: true })
  }
})
