import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { openFork, rebuildState } from '@pgfork/core'
import { afterAll, describe, expect, test } from 'vitest'
import { runner } from '../../support/system/runner.ts'
import { serverUser } from '../../support/system/server-user.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const user = serverUser

// Only root makes forks for others.
describe.runIf(user !== undefined)('what a fork belongs to is told by its storage', async () => {
  for (const filesystem of ['btrfs', 'xfs'] as const)
    await describeOn(filesystem, {}, (bench) => {
      afterAll(() => forgetCollections(bench))

      test("H77: a rebuilt record names the folder that a clone was found in, and its user can't change its mark", async () => {
        const fork = await bench.fork({ name: 'mine', lifetime: 'persistent', resettable: false })
        const entry = dirname(fork.dataDirectory)
        const [mark, folder] = [join(entry, 'mark.json'), dirname(dirname(entry))]
        const victim = join(bench.storage.path, 'victim')
        const precious = join(victim, 'clones', basename(entry), 'volume', 'precious')
        await mkdir(dirname(precious), { recursive: true })
        await writeFile(precious, 'kept')
        const told = JSON.parse(await readFile(mark, 'utf8'))
        told.volume.attributes.directory = victim
        await writeFile(join(dirname(precious), '..', 'mark.json'), JSON.stringify(told))

        const asHim = (command: string) =>
          runner.run('sh', ['-c', command, 'sh', mark, entry, victim], { ...(user === undefined ? {} : { user }) })
        for (const attack of [
          'echo x > "$1"',
          'rm -f "$1"',
          'mv "$1" "$1.old"',
          'ln -sfn "$3" "$1"',
          'mv "$2" "$2.old"',
        ])
          await expect(asHim(attack), attack).rejects.toMatchObject({ code: 'COMMAND_FAILED' })

        // Whatever a mark says, by whomever.
        await writeFile(mark, JSON.stringify(told))
        const path = join(bench.stateDirectory, 'forks', 'mine.json')
        await rm(path)
        const options = { ...bench.options, path: bench.source.dataDirectory }
        expect(await rebuildState(options)).toMatchObject([{ name: 'mine', outcome: 'rebuilt', isFinished: true }])
        const { clones } = JSON.parse(await readFile(path, 'utf8'))
        expect(clones[0].volume.attributes.directory).toBe(folder)
        await (await openFork('mine', bench.options)).destroy()
        expect(await readFile(precious, 'utf8')).toBe('kept')
        await rm(victim, { recursive: true })
        await expectNothingLeft(bench)
      })
    })
})
