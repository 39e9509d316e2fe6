import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Directory } from '../../files/directory.ts'
import { occupyTimelines, vacateTimelines } from './history-files.ts'

test('H14: what holds timelines goes again, wherever it began, and what was there before stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgfork-test-history-'))
  const wal = join(folder, 'pg_wal')
  try {
    await mkdir(wal)
    await writeFile(join(wal, '00000003.history'), '2\t0/3000000\tof the source\n')
    await writeFile(join(wal, '000000010000000000000001'), '')
    // The source had just been promoted to 3 when it was looked at: recovery begins at 1, the fork's timeline is above 3.
    using dataDirectory = Directory.open(folder)
    occupyTimelines({ dataDirectory, recovered: 1, wanted: 6 }, await stat(folder))
    const histories = [2, 3, 4, 5].map((timeline) => `0000000${timeline}.history`)
    expect((await readdir(wal)).sort()).toEqual(['000000010000000000000001', ...histories])
    vacateTimelines(dataDirectory)
    expect((await readdir(wal)).sort()).toEqual(['000000010000000000000001', '00000003.history'])
    expect(await readFile(join(wal, '00000003.history'), 'utf8')).toContain('of the source')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('H14: no history file of the source has root make millions of others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgfork-test-history-'))
  try {
    await mkdir(join(folder, 'pg_wal'))
    using dataDirectory = Directory.open(folder)
    const owner = await stat(folder)
    expect(() => occupyTimelines({ dataDirectory, recovered: 1, wanted: 20_000 }, owner)).toThrow('00004E1F.history')
    expect(() => occupyTimelines({ dataDirectory, recovered: 1, wanted: 0xffffff01 }, owner)).toThrow(
      /Remove that file/,
    )
    expect(await readdir(join(folder, 'pg_wal'))).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})
