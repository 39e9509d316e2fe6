import { readdirSync, readFileSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type CreateForkOptions, createFork } from '@pgfork/core'
import { beforeAll, expect, test } from 'vitest'
import { testedVersion } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const secrets = { password: 'Gh7-of-the-source', standby: 'Kp2-of-its-primary', prepared: 'Zx9-set-by-prepare' }
const find = (text: string): string[] => Object.values(secrets).filter((secret) => text.includes(secret))

/** What any user may see of every process, and its owner and root besides: command lines and environments. */
function readProcesses(): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => ['cmdline', 'environ'].map((name) => readIfThere(`/proc/${pid}/${name}`))).join('\n')
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** All of its statements are in its log. Until 11 a standby has its primary's password in another file. */
const settings = {
  ...(Number(testedVersion()) >= 12 ? { primary_conninfo: `password=${secrets.standby}` } : {}),
  ...{ log_statement: 'all', log_min_duration_statement: 0 },
}

await describeOn('btrfs', { settings }, (bench) => {
  beforeAll(async () => {
    const { source } = bench
    await source.query(`CREATE ROLE keeper SUPERUSER LOGIN PASSWORD '${secrets.password}'`)
    const path = join(source.dataDirectory, 'pg_hba.conf')
    await writeFile(path, `host all keeper 127.0.0.1/32 md5\n${await readFile(path, 'utf8')}`)
    await source.settings({ work_mem: '4MB' })
  })

  const attempt = (options: Partial<CreateForkOptions> = {}, password = secrets.password) => {
    const { dataDirectory, port } = bench.source
    const connection = { host: '127.0.0.1', port, user: 'keeper', password }
    return createFork({ source: { dataDirectory, connection }, ...bench.options, ...options })
  }

  test('H29: no command line, environment, log or record shows a secret, at any time of the making of a fork', async () => {
    const seen = new Set<string>()
    const look = (): void => {
      for (const secret of find(readProcesses())) seen.add(secret)
    }
    const looking = setInterval(look, 3)
    try {
      await using fork = await attempt({
        onProgress: look,
        prepare: (client) => client.query(`ALTER ROLE keeper PASSWORD '${secrets.prepared}'`),
      })
      expect(find(await readFile(fork.logFile, 'utf8'))).toEqual([])
      await query(fork, `SELECT 'as the source logs it'`)
      expect(await readFile(fork.logFile, 'utf8')).toContain('as the source logs it')
      expect(find(inspect(fork, { depth: 10 }))).toEqual([])
      await fork.reset()
    } finally {
      clearInterval(looking)
    }
    expect([...seen]).toEqual([])
    expect(readProcesses()).toContain(bench.source.dataDirectory)
    await using fork = await attempt()
    const records = (await readdir(bench.stateDirectory, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    )
    const texts = await Promise.all(records.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')))
    expect(texts.join('\n')).toContain(fork.name)
    expect(find(texts.join('\n'))).toEqual([])
    expect(find(await bench.options.runner.evidence())).toEqual([])
  })

  test('H29: nor does the log show a statement of prepare that failed', async () => {
    await using fork = await attempt({
      prepare: (client) => client.query(`ALTER ROLE nobody_such PASSWORD '${secrets.prepared}'`).catch(() => undefined),
    })
    const log = await readFile(fork.logFile, 'utf8')
    expect(log).toContain('nobody_such')
    expect(find(log)).toEqual([])
  })

  test.each<[string, Partial<CreateForkOptions>, string?]>([
    ['a wrong password', { checkpoint: true }, `${secrets.prepared}!`],
    ['a server that does not start', { settings: { work_mem: 'plenty' } }],
    [
      'a failing statement of prepare',
      { prepare: (client) => client.query(`ALTER ROLE nobody_such PASSWORD '${secrets.prepared}'`) },
    ],
    ['a verification that fails', { verify: () => Promise.reject(new Error('no')) }],
  ])('H29: the error of %s shows no secret', async (_, options, password) => {
    const error = await attempt(options, password).then(
      (fork) => fork.destroy(),
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(Error)
    expect(find(JSON.stringify(error))).toEqual([])
    expect(find(inspect(error, { depth: 10, showHidden: true }))).toEqual([])
  })
})
