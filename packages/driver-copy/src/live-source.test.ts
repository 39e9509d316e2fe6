import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { byExtent } from '../../../test/support/extent.ts'
import { copy } from './index.ts'
import { createContext, storages, takeSnapshot } from './test-fixture.ts'

/** What PostgreSQL does to its files, only all the time: drops and makes them, replaces by renaming, lets them grow. */
const restless = `
const { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const directory = process.argv[1]
process.send('ready')
let round = 0
setInterval(() => {
  round++
  const [file, folder] = [join(directory, 'coming-' + (round % 200)), join(directory, 'coming-folder-' + (round % 50))]
  if (round % 2 === 0) writeFileSync(file, 'x')
  else rmSync(file, { force: true })
  if (round % 100 < 50) { mkdirSync(folder, { recursive: true }); writeFileSync(join(folder, 'file'), 'x') }
  else rmSync(folder, { recursive: true, force: true })
  for (let number = 0; number < 3; number++) {
    const replaced = join(directory, 'replaced-' + ((round * 3 + number) % 60))
    writeFileSync(replaced + '.tmp', 'always whole')
    renameSync(replaced + '.tmp', replaced)
  }
  if (round % 100 === 0) appendFileSync(join(directory, 'growing'), 'x'.repeat(10000))
}, 1)`

/** Keeps a file longer than what has been copied of it, as an owner can who takes its beginning away again (fallocate(1), --punch-hole). */
const ahead = `
const { appendFileSync, statSync } = require('node:fs')
const [source, target, mostBytes] = process.argv.slice(1)
const sizeOf = (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
process.send('ready')
for (;;) {
  const copied = sizeOf(target)
  if (copied > 0 && sizeOf(source) < Math.min(mostBytes, copied + 16_000_000)) appendFileSync(source, Buffer.alloc(1_000_000, 'x'))
}`

for (const { name, create, obstacle, sharesBlocks } of storages)
  describe.skipIf(obstacle !== undefined)(`a live source on ${name}`, () => {
    test('what vanishes is left out, what is replaced or grows is there (H4)', async () => {
      await using tree = await create()
      const busy = join(tree.data, 'base', 'busy')
      await mkdir(busy)
      for (let number = 0; number < 60; number++) await writeFile(join(busy, `replaced-${number}`), 'always whole')
      for (let number = 0; number < 1000; number++) await writeFile(join(busy, `steady-${number}`), `${number}`)
      const writer = spawn(process.execPath, ['-e', restless, busy], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      try {
        await once(writer, 'message')
        const [driver, context] = [copy(), createContext()]
        const volume = await driver.locate(tree.data, context)
        for (let round = 0; round < byExtent(5, 40, 200); round++) {
          const snapshot = await takeSnapshot(driver, volume, `s-${round}`, context)
          const copied = join(volume.attributes.directory ?? '', 'snapshots', `s-${round}`, 'volume', 'base', 'busy')
          const entries = await readdir(copied)
          expect(entries.filter((entry) => entry.startsWith('steady-'))).toHaveLength(1000)
          for (let number = 0; number < 60; number++)
            expect(await readFile(join(copied, `replaced-${number}`), 'utf8')).toBe('always whole')
          await driver.removeSnapshot(snapshot, context)
        }
        expect(writer.exitCode).toBeNull()
      } finally {
        await end(writer)
      }
    })

    // What shares blocks takes no room.
    if (sharesBlocks) return
    test('H63: a file that grows all the time is copied as long as it was, and fills no disk', async () => {
      await using tree = await create()
      const growing = join(tree.data, 'base', 'growing')
      const bytes = 20_000_000
      await writeFile(growing, Buffer.alloc(bytes, 'x'))
      const [driver, context] = [copy(), createContext()]
      const volume = await driver.locate(tree.data, context)
      const copied = join(volume.attributes.directory ?? '', 'snapshots', 'grown', 'volume', 'base', 'growing')
      const words = ['-e', ahead, growing, copied, String(4 * bytes)]
      const writer = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      try {
        await once(writer, 'message')
        const snapshot = await takeSnapshot(driver, volume, 'grown', context)
        expect((await stat(copied)).size).toBe(bytes)
        await driver.removeSnapshot(snapshot, context)
      } finally {
        await end(writer)
      }
    })
  })

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
