import { chmod, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, createCluster } from '../../support/cluster/index.ts'
import { startLoad } from '../../support/load/index.ts'
import { createFolder, type TestFolder } from '../../support/storage/index.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'

const checkout = resolve(import.meta.dirname, '../../..')

describe('the examples, run as a user runs them', () => {
  let folder: TestFolder
  let source: Cluster
  let stateDirectory: string

  beforeAll(async () => {
    folder = await createFolder()
    source = await createCluster({ directory: join(folder.path, 'master') })
    stateDirectory = await makeWorkFolder('state')
    await chmod(stateDirectory, 0o700)
  })
  afterAll(async () => {
    await source?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
    await rm(stateDirectory, { recursive: true, force: true })
  })

  const run = async (example: string, ...words: string[]): Promise<string> => {
    const { stdout } = await execa(process.execPath, ['--import', 'tsx', `examples/${example}`, ...words], {
      cwd: checkout,
      env: { PGFORK_STATE_DIRECTORY: stateDirectory },
    })
    // The record, the clone and the server are gone.
    expect(await readdir(join(stateDirectory, 'forks'))).toEqual([])
    expect(await readdir(folder.path)).toEqual(['master'])
    return stdout
  }

  test('fork.ts', async () => {
    const output = await run('fork.ts', source.dataDirectory)
    expect(output).toMatch(/^master-[0-9a-f]{8} is ready: psql .postgresql:/)
    expect(output).toMatch(/\d+ rows on timeline \d+; the source goes on, on 1\./)
    expect(await source.query(`SELECT FROM pg_class WHERE relname = 'only_here'`)).toEqual([])
  })

  test('article.ts, under load', async () => {
    await using load = await startLoad(source, { clients: 4, scale: 1 })
    const { socketDirectory, port } = source
    const address = `postgresql://postgres@/postgres?host=${encodeURIComponent(socketDirectory)}&port=${port}`
    const lines = (await run('article.ts', source.dataDirectory, address)).split('\n')
    expect(lines.map((line) => line.replace(/ +\d+ ms$/, '').replace(/(fork1, timeline) \d+/, '$1'))).toEqual([
      ...['inspect', 'checkpoint', 'snapshot', 'clone', 'sanitize', 'timeline', 'start', 'prepare', 'verify', 'ready'],
      'master, timeline 1: master before forking',
      'fork1, timeline: fork1 after forking',
      'master, timeline 1: master before forking',
    ])
    expect((await load.stop()).transactions).toBeGreaterThan(0)
  })
})
