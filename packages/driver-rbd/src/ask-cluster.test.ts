import type { CommandRunner, DriverContext } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { askCluster } from './ask-cluster.ts'
import { checkOptions, emptyMemory } from './options.ts'

/** A cluster that answers several questions at once like this, and each by itself. */
function clusterThat(stdout: string, stderr: string, alone: Readonly<Record<string, string>> = {}) {
  const commands: string[] = []
  const runner: CommandRunner = {
    async run(file, args, { input } = {}) {
      const words = [file, ...args.filter((word) => !word.startsWith('-') && word !== 'json')].join(' ')
      commands.push(words)
      if (input !== undefined) return { stdout, stderr, durationMs: 1 }
      return { stdout: alone[words] ?? '', stderr: '', durationMs: 1 }
    },
    start: () => Promise.reject(new Error('Nothing is started.')),
  }
  const context: DriverContext = { runner, warn: () => {}, progress: () => {} }
  const settings = { ...checkOptions({}), memory: emptyMemory() }
  return { commands, settings, ask: () => askCluster(settings, context) }
}

const answers = '\n{"fsid":"f1"}\n\n{"stats":{},"pools":[{"name":"rbd","stats":{"stored":1,"max_avail":2}}]}\n'
const refusal = 'Error EACCES: access denied\n'
const success = 'blocklisting 192.0.2.1:0/1 until 2026-01-05T14:00:00.000000+0000 (1 sec)\n'

test('one command tells the cluster, its pools and what the key may not', async () => {
  const { commands, settings, ask } = clusterThat(answers, refusal)
  expect(await ask()).toBe('f1')
  expect(commands).toEqual(['ceph'])
  expect(settings.memory).toMatchObject({ keyIsNarrow: true, pools: { rows: [{ name: 'rbd' }] } })
})

test('H98: a key that may shut out others is refused, also where something else was refused to it', async () => {
  for (const complaints of [success, refusal + success, ''])
    await expect(clusterThat(answers, complaints).ask(), complaints).rejects.toMatchObject({
      code: 'SETTING_REFUSED',
      hazard: 'H98',
    })
})

test('what was not told among other things is asked by itself', async () => {
  const { commands, settings, ask } = clusterThat('', refusal, { 'ceph fsid': 'f2\n' })
  expect(await ask()).toBe('f2')
  expect(commands).toEqual(['ceph', 'ceph fsid'])
  expect(settings.memory.pools).toBeUndefined()
})
