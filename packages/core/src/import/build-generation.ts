import { join } from 'node:path'
import { makeGeneration } from '../elsewhere/copy-folder.ts'
import { inheritElsewhere } from '../elsewhere/inherit-elsewhere.ts'
import { runClient } from '../elsewhere/run-client.ts'
import { formatConninfo } from '../elsewhere/server-address.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { Directory } from '../files/directory.ts'
import { makeDirectory } from '../files/make-directory.ts'
import type { Operation } from '../operation/operation.ts'
import { longestMs } from '../options/checks.ts'
import type { Generation } from '../records/generation.ts'
import type { ImportRecord } from '../records/import-record.ts'
import { dumpFolderOf, flushCluster, type ImportServer, importServer, initialise } from './import-server.ts'
import type { Origin, OriginDatabase } from './inspect-origin.ts'
import { lendPassfile } from './lend-passfile.ts'
import { refuseSuperuserIn } from './name-superuser.ts'
import { settingsTakenBy } from './settings-taken-by.ts'
import { withoutCommands } from './without-commands.ts'

/** What flushes and logs nothing is faster, and a half made generation is of no use to anybody. */
const unsafe = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', wal_level: 'minimal' }

/**
 * Makes a generation: a new cluster in a volume of its own, in which roles and databases are restored, and which is stopped cleanly. Whatever it
 * has done is removed by whoever removes the generation; its server ends with this process.
 *
 * @throws PgforkError `EXTENSIONS_MISSING` before anything is dumped
 */
export async function buildGeneration(
  operation: Operation,
  record: ImportRecord,
  generation: Generation & { readonly outsideDirectory: string },
  origin: Origin,
): Promise<void> {
  const { steps } = operation
  const server = importServer(operation, record, generation, generation.outsideDirectory)
  const databases = origin.databases.map((database) => ({ ...database, kept: keptExtensions(record, database) }))
  await steps.run('seed', async () => {
    await makeGeneration(operation, generation, record.owner, record.passfile)
    await initialise(operation, record, generation, origin.encoding)
    steps.onUndo(() => server.stop())
    await server.start(unsafe)
    await refuseMissingExtensions(server, databases)
    using volume = Directory.open(generation.directory)
    makeDirectory(volume, 'dump', record.owner)[Symbol.dispose]()
  })
  const roles = await steps.run('dump', async () => {
    const sql = await lendPassfile(operation, record, async () => {
      for (const [index, database] of databases.entries())
        await dump(operation, record, generation, { ...database, index, major: origin.major })
      return dumpRoles(operation, record, origin.major)
    })
    refuseSuperuserIn(sql, record.role)
    return sql
  })
  await steps.run('restore', async () => {
    await restoreRoles(operation, record, server, roles)
    for (const [index, { name }] of databases.entries())
      await restore(operation, record, generation, { name, index, server })
    await operation.runner.run('rm', ['-rf', '--', dumpFolderOf(generation)], {
      user: record.owner,
      timeoutMs: longestMs,
    })
    await server.stop()
    // With the settings of its forks, of which the control file tells them.
    await server.start({ fsync: 'off', wal_level: 'replica' })
    await analyze(operation, record, server)
    const settings = await settingsTakenBy(operation, record, server, inheritElsewhere(origin.settings))
    await server.stop()
    server.leave(settings)
    await flushCluster(operation, record, generation)
  })
}

type KeptDatabase = OriginDatabase & { readonly kept: readonly string[] }

const keptExtensions = ({ withoutExtensions = [] }: ImportRecord, { extensions }: OriginDatabase): string[] =>
  extensions.filter((name) => !withoutExtensions.includes(name))

/** Before the dump, which may take hours. */
async function refuseMissingExtensions(server: ImportServer, databases: readonly KeptDatabase[]): Promise<void> {
  const { rows } = await server.query((client) =>
    client.query<{ name: string }>('select name from pg_available_extensions'),
  )
  const here = new Set(rows.map(({ name }) => name))
  const missing = [...new Set(databases.flatMap(({ kept }) => kept))].filter((name) => !here.has(name))
  if (missing.length === 0) return
  const where = databases.filter(({ kept }) => kept.some((name) => missing.includes(name))).map(({ name }) => name)
  throw new PgforkError(
    'EXTENSIONS_MISSING',
    `The PostgreSQL here lacks extensions of ${where.join(', ')}: ${missing.join(', ')}. Install them, or leave them out with all that needs ` +
      `them: withoutExtensions: [${missing.map((name) => `'${name}'`).join(', ')}].`,
    { facts: { missing, databases: where } },
  )
}

/** @param major of the server there, which may be earlier than that of the programs here */
const conninfoTo = ({ from, passfile }: ImportRecord, database: string, major: number): string =>
  formatConninfo(from, { passfile: passfile?.path, applicationName: 'pgfork import', database, major })

/**
 * Subscriptions stay out: a fork would take what is meant for another server (H24). The tablespace of a database is part of the dump, unless it is
 * left out here; those of its tables are left out when it is restored.
 */
async function dump(
  operation: Operation,
  record: ImportRecord,
  generation: Generation,
  { name, kept, extensions, index, major }: KeptDatabase & { readonly index: number; readonly major: number },
): Promise<void> {
  const { binDirectory, owner, jobs } = record
  const selected =
    kept.length === extensions.length ? [] : ['plpgsql', ...kept].map((one) => `--extension=${quotePattern(one)}`)
  const args = [
    ...[
      '--dbname',
      conninfoTo(record, name, major),
      '--format=directory',
      '--file',
      join(dumpFolderOf(generation), String(index)),
    ],
    ...[`--jobs=${jobs}`, '--compress=1', '--no-password', '--no-subscriptions', '--no-publications'],
    ...['--no-tablespaces', ...selected],
  ]
  await runClient(operation, { binDirectory, program: 'pg_dump', args, owner })
}

/** In a pattern of psql's, quotes take letters as they are. */
const quotePattern = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * Without their passwords, which only a superuser may read. It would write in the encoding of the database that it looks into, and what it prints is
 * read as UTF-8 here.
 */
async function dumpRoles(operation: Operation, record: ImportRecord, major: number): Promise<string> {
  const { binDirectory, owner, from } = record
  const args = [
    ...['--dbname', conninfoTo(record, from.database, major), '--database', from.database, '--roles-only'],
    ...['--no-role-passwords', '--no-password'],
  ]
  const environment = { PGCLIENTENCODING: 'UTF8' }
  return (await runClient(operation, { binDirectory, program: 'pg_dumpall', args, owner, environment })).stdout
}

/** A service's own roles may have what nobody else can give: what can't be done is told, and isn't in the way. */
async function restoreRoles(
  operation: Operation,
  record: ImportRecord,
  server: ImportServer,
  sql: string,
): Promise<void> {
  const { binDirectory, owner, role } = record
  const args = ['--no-psqlrc', '--quiet', '--dbname', localConninfo(server, role, 'postgres')]
  const input = withoutCommands(sql)
  const environment = sessionEnvironment(record)
  const { stderr } = await runClient(operation, { binDirectory, program: 'psql', args, owner, environment, input })
  for (const line of stderr.split('\n'))
    if (/ERROR:/.test(line)) operation.warn(`Of the roles: ${line.replace(/^psql:\S* /, '')}`)
}

async function restore(
  operation: Operation,
  record: ImportRecord,
  generation: Generation,
  { name, index, server }: { readonly name: string; readonly index: number; readonly server: ImportServer },
): Promise<void> {
  const { binDirectory, owner, role, jobs, keepsOwners } = record
  const args = [
    ...[
      '--dbname',
      localConninfo(server, role, 'template1'),
      '--create',
      `--jobs=${jobs}`,
      '--exit-on-error',
      '--no-tablespaces',
    ],
    // This one is there from the start.
    ...(name === 'postgres' ? ['--clean', '--if-exists'] : []),
    ...(keepsOwners ? [] : ['--no-owner', '--no-privileges']),
    join(dumpFolderOf(generation), String(index)),
  ]
  const environment = sessionEnvironment(record)
  await runClient(operation, { binDirectory, program: 'pg_restore', args, owner, environment })
}

async function analyze(operation: Operation, record: ImportRecord, server: ImportServer): Promise<void> {
  const { binDirectory, owner, role, jobs } = record
  const { socketDirectory, port } = server
  const args = [
    '--all',
    '--analyze-only',
    '--quiet',
    `--jobs=${jobs}`,
    `--host=${socketDirectory}`,
    `--port=${port}`,
    `--username=${role}`,
  ]
  const environment = sessionEnvironment(record)
  await runClient(operation, { binDirectory, program: 'vacuumdb', args, owner, environment })
}

/**
 * What a database has for its sessions is there as soon as the database is, and would count for those that restore it: read-only, with another
 * role, with libraries that aren't here. From 17 on a login has triggers.
 */
const sessionEnvironment = ({ major }: ImportRecord): Record<string, string> => {
  const settings = [
    'default_transaction_read_only=off',
    'role=none',
    'session_preload_libraries=',
    'local_preload_libraries=',
  ]
  const all = major >= 17 ? [...settings, 'event_triggers=off'] : settings
  return { PGOPTIONS: all.map((setting) => `-c ${setting}`).join(' ') }
}

const localConninfo = ({ socketDirectory, port }: ImportServer, role: string, database: string): string =>
  [`host=${socketDirectory}`, `port=${port}`, `user=${role}`, `dbname=${database}`]
    .map((word) =>
      word.replace(/=(.*)$/, (_, value: string) => `='${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
    )
    .join(' ')
