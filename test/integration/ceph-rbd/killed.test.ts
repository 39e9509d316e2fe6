import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage } from '@pgfork/core'
import { afterEach, expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { type Death, liveUntilKilled, measureLife } from '../../support/programs/doomed-process.ts'
import { listMounts } from '../../support/system/mounts.ts'
import { listProcesses } from '../../support/system/processes.ts'
import { describeRbd } from '../../support/workbench/describe-rbd.ts'
import { makeStateDirectory } from '../../support/workbench/make-state-directory.ts'

const timeoutMs = 3 * 60 * 60_000
const host = 'db-k'

await describeRbd('ext4', (bench) => {
  afterEach(async () => expect(await bench.left()).toEqual([]))

  const place = () => join(bench.ceph.folder, `host-${host}`)
  /** What is mapped or mounted of that host's, and what it has in the cluster. */
  async function left(): Promise<string[]> {
    const mounts = (await listMounts()).map(({ mountPoint }) => mountPoint)
    const daemons = (await listProcesses()).map(({ command }) => command)
    return [...mounts, ...daemons, ...(await bench.left())].filter(
      (text) =>
        text.startsWith(place()) ||
        (text.includes('qemu-storage-daemon') && text.includes(place())) ||
        text.includes(`${host}+`),
    )
  }

  test('H99: killed at any step, a process leaves nothing in the cluster, mapped or mounted that a collection does not remove', {
    timeout: timeoutMs,
  }, async () => {
    const { ceph, remote } = bench
    const rbd = { conf: ceph.conf, user: 'forks', mapper: 'qemu' as const, host, directory: place() }
    const live = async (name: string, act: (life: { name: string; stateDirectory: string }) => Promise<unknown>) => {
      await using state = await makeStateDirectory()
      await act({ name, stateDirectory: state.path })
      const driver = bench.driver(rbd)
      const collected = await collectGarbage({ driver, stateDirectory: state.path })
      expect(
        collected.filter(({ isRemoved }) => !isRemoved).map(({ kind, failure }) => `${kind}: ${failure}`),
        name,
      ).toEqual([])
      expect(await left(), name).toEqual([])
      // What somebody was just writing is taken for his for some minutes more.
      const records = (await readdir(join(state.path, 'forks')).catch(() => [])).filter((file) => !file.startsWith('.'))
      expect(records, name).toEqual([])
    }
    const whole = { source: remote, rbd }
    let length = { commands: 0, events: 0 }
    await live('whole', async (life) => {
      length = await measureLife({ ...whole, ...life })
    })
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
    // Each step begins and ends: without a long run, the beginnings.
    const events = numbers(length.events).filter((number) => byExtent(false, number % 2 === 1, true))
    const deaths: Death[] = [
      ...events.map((number): Death => ({ at: 'event', number })),
      ...byExtent<Death['at'][]>([], ['during'], ['during', 'after']).flatMap((at) =>
        numbers(length.commands).map((number): Death => ({ at, number })),
      ),
    ]
    for (const death of deaths)
      await live(`${death.at}-${death.number}`, async (life) =>
        expect(await liveUntilKilled({ ...whole, ...life, death })).toBe(true),
      )
  })
})
