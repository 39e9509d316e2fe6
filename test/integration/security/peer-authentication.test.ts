import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { waitUntil } from '../../support/wait-until.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Writes the source's access rules, and waits until a socket of root's is let in or refused by them. */
async function setRules({ source }: SourceWorkbench, session: Client, rules: string, letsIn: boolean): Promise<void> {
  await writeFile(join(source.dataDirectory, 'pg_hba.conf'), rules)
  await session.query('SELECT pg_reload_conf()')
  const isLetIn = (): Promise<boolean> =>
    source.query('SELECT').then(
      () => true,
      () => false,
    )
  await waitUntil(async () => (await isLetIn()) === letsIn, { timeoutMs: 60_000, what: 'new access rules' })
}

const refusals = async ({ source }: SourceWorkbench): Promise<number> =>
  (await source.log()).match(/FATAL: {2}Peer authentication failed/g)?.length ?? 0

await describeOn('btrfs', {}, (bench) => {
  test('a source that lets its process in is reached without a change of user', async () => {
    const change = vi.spyOn(process, 'seteuid')
    await using fork = await bench.fork({ checkpoint: true })
    expect(fork.pid).toBeDefined()
    expect(change).not.toHaveBeenCalled()
  })

  test.runIf(process.geteuid?.() === 0)(
    'a source that asks for its own user is reached as that user, and refuses root once only',
    async () => {
      const { source } = bench
      const rules = await readFile(join(source.dataDirectory, 'pg_hba.conf'), 'utf8')
      const session = await source.client()
      await setRules(bench, session, 'local all all peer\n', false)
      const before = await refusals(bench)
      try {
        const change = vi.spyOn(process, 'seteuid')
        // Each needs a connection for its checkpoint.
        for (let made = 0; made < 2; made++) await (await bench.fork({ checkpoint: true })).destroy()
        expect(process.geteuid?.()).toBe(0)
        // Once for the snapshot and once to look at the source afterwards, each time back at once.
        expect(change.mock.calls.map(([user]) => user === 0)).toEqual(Array(4).fill([false, true]).flat())
        expect((await refusals(bench)) - before).toBe(1)
      } finally {
        await setRules(bench, session, rules, true)
        await session.end()
      }
      await expectNothingLeft(bench)
    },
  )
})
