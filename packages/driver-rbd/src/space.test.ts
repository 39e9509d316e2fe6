import type { CommandRunner, DriverContext } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { describeVolume } from './describe-volume.ts'
import { checkOptions, emptyMemory } from './options.ts'
import { measureSpace } from './space.ts'

const pools = [{ name: 'rbd', stats: { stored: 1, max_avail: 2 } }]
const told = {
  fsid: 'f1',
  answers: [
    [0, JSON.stringify({ pools })],
    [-13, ''],
  ],
}

/** A cluster whose images have the names given by their ids. */
function clusterOf(names: Readonly<Record<string, string>>) {
  const commands: string[] = []
  const runner: CommandRunner = {
    async run(file, args) {
      commands.push(file.endsWith('python3') ? 'monitors' : args.includes('df') ? 'df' : 'info')
      const answer = file.endsWith('python3')
        ? told
        : args.includes('df')
          ? { pools }
          : { name: names[args[args.indexOf('--image-id') + 1] ?? ''] }
      return { stdout: JSON.stringify(answer), stderr: '', durationMs: 1 }
    },
    start: () => Promise.reject(new Error('Nothing is started.')),
  }
  const context: DriverContext = { runner, warn: () => {}, progress: () => {} }
  const settings = { ...checkOptions({}), memory: emptyMemory() }
  return {
    commands,
    look: (image: string, id: string) => {
      const info = Promise.resolve({ id, features: ['exclusive-lock'] } as never)
      return describeVolume({ pool: 'rbd', namespace: '', image }, '/', info, settings, context)
    },
    space: (volume: Awaited<ReturnType<typeof describeVolume>>) => measureSpace(volume, settings, context),
  }
}

test('of an image that was just looked at, nothing is asked once more, but the second time', async () => {
  const { commands, look, space } = clusterOf({ id1: 'one' })
  const volume = await look('one', 'id1')
  expect(await space(volume)).toEqual({ data: { usedBytes: 1, totalBytes: 3 } })
  expect(commands).toEqual(['monitors'])
  await space(volume)
  expect(commands).toEqual(['monitors', 'info', 'df'])
})

test('H72: that one image was just looked at says nothing about another, nor about one that had its name', async () => {
  const { look, space } = clusterOf({ id1: 'one', id2: 'renamed', id3: 'moved-away' })
  const other = await look('two', 'id2')
  const namesake = await look('one', 'id3')
  for (const volume of [other, namesake]) {
    await look('one', 'id1')
    await expect(space(volume)).rejects.toMatchObject({ code: 'STORAGE_MISSING', hazard: 'H72' })
  }
})
