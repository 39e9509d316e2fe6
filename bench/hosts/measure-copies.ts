import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork, createStandby, importDatabase, type OperationOptions, type ProgressEvent } from '@pgfork/core'
import { letIn } from '../../test/support/cluster/index.ts'
import { createPgbenchTables } from '../../test/support/load/index.ts'
import { runner } from '../../test/support/system/runner.ts'
import { giveToServerUser, serverUser } from '../../test/support/system/server-user.ts'
import { formatMs, formatTable } from '../report.ts'
import { openWorkbench, type Workbench } from '../workbench.ts'

const password = 'bench'
const megabytesOfUnit = 15

/** How long a standby and an import of so much take, each beside the bare commands, and a fork of each. */
export async function measureCopies(megabytes: number, tell: (line: string) => void): Promise<string> {
  await using bench = await openWorkbench('btrfs', 4096 + megabytes * 8)
  const { source } = bench
  await createPgbenchTables(source, Math.ceil(megabytes / megabytesOfUnit))
  await source.query(`CREATE ROLE copier LOGIN REPLICATION PASSWORD '${password}' IN ROLE pg_read_all_data`)
  await letIn(source, ['host all,replication copier 127.0.0.1/32 md5'])
  await mkdir(byHandIn(bench))
  await giveToServerUser(byHandIn(bench))
  const rows: string[][] = []
  for (const [way, measure] of Object.entries(ways)) {
    await source.query('CHECKPOINT')
    const row = await measure(bench)
    rows.push([way, ...row])
    tell(rows.at(-1)?.join(' | ') ?? '')
  }
  return formatTable([`${megabytes} MB`, 'made in', 'steps', 'a fork of it'], rows)
}

const ways: Readonly<Record<string, (bench: Workbench) => Promise<[made: string, steps: string, fork: string]>>> = {
  pg_basebackup: (bench) =>
    byHand(bench, [
      ['pg_basebackup', ...server(bench), '--checkpoint', 'fast', '--pgdata', join(byHandIn(bench), 'backup')],
    ]),
  async createStandby(bench) {
    const [timed, options] = watch(bench)
    const standby = await createStandby({
      ...options,
      name: 'standby',
      directory: join(bench.path, 'standby'),
      primaryIsHere: true,
    })
    const made = timed()
    const fork = await timeFork(bench, standby)
    await standby.destroy()
    return [...made, fork]
  },
  'pg_dump and pg_restore, 2 jobs': (bench) => {
    const [jobs, dump] = [['--jobs', '2'], join(byHandIn(bench), 'dump')]
    return byHand(bench, [
      ['createdb', ...asSuperuser(bench), 'restored'],
      ['pg_dump', ...server(bench), '--format', 'directory', ...jobs, '--file', dump, 'postgres'],
      ['pg_restore', ...asSuperuser(bench), ...jobs, '--dbname', 'restored', dump],
      ['vacuumdb', ...asSuperuser(bench), '--analyze-only', '--dbname', 'restored'],
    ])
  },
  async importDatabase(bench) {
    const [timed, options] = watch(bench)
    const names = { name: 'imported', directory: join(bench.path, 'imported'), databases: ['postgres'] }
    const imported = await importDatabase({ ...options, ...names, owner: 'postgres' })
    const made = timed()
    const fork = await timeFork(bench, imported)
    await imported.destroy()
    return [...made, fork]
  },
}

/** Of the server's user, as whom the commands run. */
const byHandIn = ({ path }: Workbench): string => join(path, 'by-hand')

const server = ({ source }: Workbench, host = '127.0.0.1'): string[] => [
  ...['--host', host, '--port', String(source.port), '--no-password'],
]

/** Whom nothing lets in by TCP. */
const asSuperuser = (bench: Workbench): string[] => [
  ...server(bench, bench.source.socketDirectory),
  ...['--username', 'postgres'],
]

async function byHand(
  { source }: Workbench,
  commands: readonly (readonly string[])[],
): Promise<[string, string, string]> {
  const steps: string[] = []
  const startedAt = performance.now()
  for (const [file = '', ...args] of commands) {
    const begunAt = performance.now()
    await runner.run(join(source.binDirectory, file), args, {
      ...(serverUser === undefined ? {} : { user: serverUser }),
      environment: { PGUSER: 'copier', PGPASSWORD: password },
      timeoutMs: 3_600_000,
    })
    steps.push(`${file} ${formatMs(performance.now() - begunAt)}`)
  }
  return [formatMs(performance.now() - startedAt), steps.join(', '), '-']
}

type CopyOptions = OperationOptions & { readonly from: string; readonly binDirectory: string }

/** Options that note how long each step takes, and what tells it. */
function watch({ source, driver, stateDirectory }: Workbench): [() => [made: string, steps: string], CopyOptions] {
  const steps: string[] = []
  const startedAt = performance.now()
  const onProgress = ({ step, status, milliseconds }: ProgressEvent): void => {
    if (status === 'finished') steps.push(`${step} ${formatMs(milliseconds)}`)
  }
  const from = `postgresql://copier:${password}@127.0.0.1:${source.port}/postgres`
  return [
    () => [formatMs(performance.now() - startedAt), steps.join(', ')],
    { driver, stateDirectory, onProgress, from, binDirectory: source.binDirectory },
  ]
}

async function timeFork(
  { driver, stateDirectory }: Workbench,
  source: Parameters<typeof createFork>[0]['source'],
): Promise<string> {
  const startedAt = performance.now()
  const fork = await createFork({ source, driver, stateDirectory })
  const milliseconds = performance.now() - startedAt
  await fork.destroy()
  return formatMs(milliseconds)
}
