import { CommandError, type CommandRunner, type DriverContext } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { askCluster } from './ask-cluster.ts'
import { checkOptions, emptyMemory } from './options.ts'

const pools = [{ name: 'rbd', stats: { stored: 1, max_avail: 2 } }]
const full = [0, JSON.stringify({ stats: {}, pools })]

interface Cluster {
  /** What the monitors tell at once. Nothing where no library of Ceph's is. */
  readonly told?: object
  /** Whether the key may shut out others, as `ceph` finds out. */
  readonly isWide?: boolean
}

function clusterThat({ told, isWide = false }: Cluster) {
  const commands: string[] = []
  const runner: CommandRunner = {
    async run(file, args) {
      const words = [file, ...args.filter((word) => !word.startsWith('-') && !word.includes(';'))].join(' ')
      commands.push(words)
      if (file.endsWith('python3') && told === undefined) throw new Error("No module named 'rados'")
      const failure = { command: [words], exitCode: 13, stderr: 'Error EACCES: access denied', durationMs: 1 }
      if (words.includes('blocklist add') && !isWide) throw new CommandError('COMMAND_FAILED', words, failure)
      const stdout = file.endsWith('python3') ? JSON.stringify(told) : words === 'ceph fsid' ? 'f2\n' : ''
      return { stdout, stderr: '', durationMs: 1 }
    },
    start: () => Promise.reject(new Error('Nothing is started.')),
  }
  const context: DriverContext = { runner, warn: () => {}, progress: () => {} }
  const settings = { ...checkOptions({}), memory: emptyMemory() }
  return { commands, settings, ask: () => askCluster(settings, context) }
}

test('one command tells the cluster, its pools and what the key may not', async () => {
  const { commands, settings, ask } = clusterThat({ told: { fsid: 'f1', answers: [full, [-13, '']] } })
  expect(await ask()).toMatchObject({ fsid: 'f1', pools: { rows: pools } })
  expect(commands).toEqual(['/usr/bin/python3'])
  expect(settings.memory).toMatchObject({ keyIsNarrow: true })
})

test('H98: a key that may shut out others is refused, and one of which the cluster said something else is asked again', async () => {
  for (const probed of [[[0, '']], [[-22, '']], []])
    await expect(
      clusterThat({ told: { fsid: 'f1', answers: [full, ...probed] }, isWide: true }).ask(),
    ).rejects.toMatchObject({
      code: 'SETTING_REFUSED',
      hazard: 'H98',
    })
})

test('where that cannot be run, `ceph` tells, a question at a time', async () => {
  const { commands, settings, ask } = clusterThat({})
  expect(await ask()).toEqual({ fsid: 'f2', pools: undefined })
  expect(commands).toEqual(['/usr/bin/python3', 'ceph osd blocklist add 192.0.2.1:0/1 1', 'ceph fsid'])
  expect(settings.memory).toMatchObject({ keyIsNarrow: true })
})

test('what the cluster answers to some questions only is asked for later', async () => {
  const { ask } = clusterThat({
    told: {
      fsid: 'f1',
      answers: [
        [-13, ''],
        [-13, ''],
      ],
    },
  })
  expect(await ask()).toEqual({ fsid: 'f1', pools: undefined })
})
