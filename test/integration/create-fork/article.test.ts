import { stepNames } from '@pgfork/core'
import pg from 'pg'
import { expect, test } from 'vitest'
import { retellArticle } from '../../support/fork/retell-article.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  test('the article: a server under load is forked, both go on by themselves, and the load meets no error', async () => {
    const { maxMs } = await retellArticle(bench.source, bench.fork, { clients: 16 })
    expect(maxMs).toBeLessThan(20_000)
  })

  test('the handle tells the steps with their times, what was proved, and where the fork is', async () => {
    const events: string[] = []
    await using fork = await bench.fork({
      checkpoint: true,
      onProgress: ({ step, status }) => void events.push(`${step} ${status}`),
    })
    const names = [
      'inspect',
      'plan',
      'checkpoint',
      'snapshot',
      'clone',
      'sanitize',
      'timeline',
      'start',
      'neutralize',
      'verify',
      'ready',
    ]
    expect(fork.steps.map(({ name }) => name)).toEqual(names)
    expect(events).toEqual(names.flatMap((name) => [`${name} started`, `${name} finished`]))
    for (const { milliseconds } of fork.steps) expect(milliseconds).toBeGreaterThanOrEqual(0)
    expect(fork.verification?.checks.length).toBeGreaterThanOrEqual(9)
    expect(fork.verification?.consistency).toBe('atomic')

    const [facts] = await query(
      fork,
      `SELECT current_setting('data_directory') AS directory, current_setting('port')::int AS port,
              current_setting('unix_socket_directories') AS sockets, current_setting('cluster_name') AS name`,
    )
    expect(facts).toEqual({
      directory: fork.dataDirectory,
      port: fork.port,
      sockets: fork.socketDirectory,
      name: fork.name,
    })
    expect(fork.name).toMatch(/^master-[0-9a-f]{8}$/)
    expect(fork.port).toBeLessThan(32_768)

    const client = new pg.Client(fork.connectionString)
    await client.connect()
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await client.end()
  })

  test('a step that has nothing to do is left out, and each other one says what happens', async () => {
    await using everything = await bench.fork({ checkpoint: true, prepare: () => {}, verify: { deep: true } })
    const ofMoments = ['moment', 'replay']
    expect(everything.steps.map(({ name }) => name)).toEqual(stepNames.filter((name) => !ofMoments.includes(name)))
    await using least = await bench.fork({ checkpoint: false })
    expect(least.steps.map(({ name }) => name)).not.toContain('checkpoint')
    const events: string[] = []
    await using fork = await bench.fork({
      prepare: () => void events.push('called'),
      onProgress: ({ step, status }) => void events.push(`${step} ${status}`),
    })
    expect(fork.steps.map(({ name }) => name)).not.toContain('pages')
    const called = events.indexOf('called')
    expect(events.slice(called - 2, called + 2)).toEqual([
      'neutralize finished',
      'prepare started',
      'called',
      'prepare finished',
    ])
  })
})
