import { type ContainerLike, type OptionShape, optionChecks } from '@pgfork/core/companion'
import { test as base, beforeAll, type TestAPI } from 'vitest'
import type { OfContainer } from './container/container-options.ts'
import type { DatabaseOptions } from './fixtures/database-options.ts'
import type { OpenDatabase } from './fixtures/open-database.ts'
import { SharedDatabase } from './fixtures/shared-database.ts'
import { templateOf } from './fixtures/template-of.ts'
import type { TestDatabase } from './fixtures/test-database.ts'
import { TestDatabases, type TestOutcome } from './fixtures/test-databases.ts'
import { checkTemplateOptions, databaseShape } from './options.ts'

/** Fixtures of a test made by `createTest`. Each is made when a test uses it. */
export interface DatabaseFixtures extends Omit<TestDatabase, keyof ContainerLike> {
  /** All of them, and what code asks for that was written for a container of testcontainers, such as `getConnectionUri()`. */
  readonly database: TestDatabase
}

export interface VitestOptions extends DatabaseOptions {
  /** How long a server lives: for one `test` (default), one `file`, or one `worker`, which may run several files. */
  readonly scope?: 'test' | 'file' | 'worker'
  /**
   * With `scope` `file` or `worker`: takes the server back to the template before each test except the first. After a failed one, whose server
   * is kept, the next test gets another. Not for tests that run at the same time. Default false.
   */
  readonly reset?: boolean
}

const vitestShape: OptionShape<VitestOptions> = {
  ...databaseShape,
  scope: optionChecks.oneOf(['test', 'file', 'worker']),
  reset: optionChecks.flag,
}

/** For migrations of any length; what hangs is ended by the time limits of its steps. */
const templateLimitMs = 600_000

/**
 * Vitest's `test` with a PostgreSQL server in its fixtures. A failed test keeps its server and prints how to connect to it. The template is
 * made, where there is none yet, in a hook before the tests of the file that calls this: a test's time limit counts for its fixtures as well.
 *
 * @example
 * export const test = createTest({ key: { files: 'migrations/*.sql' }, setup: ({ connectionString }) => migrate(connectionString) })
 *
 * test('adds a user', async ({ db }) => { await db.query('insert ..') })
 */
export function createTest(options: VitestOptions | OfContainer<VitestOptions>): TestAPI<DatabaseFixtures> {
  checkTemplateOptions('createTest', options, vitestShape)
  const { scope = 'test', reset = false } = options
  beforeAll(() => makeTemplate(options), templateLimitMs)
  return base.extend<Fixtures>({
    databases: [
      // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs
      async ({}, use) => {
        await using databases = new TestDatabases(options)
        await use(databases)
      },
      // Without isolation a worker runs hundreds of files: the servers that each has ready go with it.
      { scope: scope === 'worker' ? 'worker' : 'file' },
    ],
    shared: [
      async ({ databases }, use) => {
        const shared = new SharedDatabase(databases, reset)
        await use(shared)
        await shared.close(`a test of this ${scope}`)
      },
      { scope: scope === 'worker' ? 'worker' : 'file' },
    ],
    database: scope === 'test' ? ownDatabase : sharedDatabase,
    db: async ({ database }, use) => use(database.db),
    pool: async ({ database }, use) => use(database.pool),
    connectionString: async ({ database }, use) => use(database.connectionString),
    connection: async ({ database }, use) => use(database.connection),
    server: async ({ database }, use) => use(database.server),
  }) as unknown as TestAPI<DatabaseFixtures>
}

/** What fails here fails in the first test that needs it, too, and is told there. */
const makeTemplate = (options: VitestOptions | OfContainer<VitestOptions>): Promise<void> =>
  templateOf(options).then(
    () => undefined,
    () => undefined,
  )

interface Fixtures extends DatabaseFixtures {
  databases: TestDatabases
  shared: SharedDatabase
}

interface Task {
  readonly name: string
  readonly result?: { readonly state: string } | undefined
}

type Use = (database: TestDatabase) => Promise<void>

async function ownDatabase(
  { databases, task }: { readonly databases: TestDatabases; readonly task: Task },
  use: Use,
): Promise<void> {
  await lend(databases, task, use)
}

async function sharedDatabase(
  { shared, task }: { readonly shared: SharedDatabase; readonly task: Task },
  use: Use,
): Promise<void> {
  await lend(shared, task, use)
}

interface Lender {
  open(isRunning: () => boolean): Promise<OpenDatabase>
  finish(database: OpenDatabase, outcome: TestOutcome): Promise<void>
}

async function lend(from: Lender, task: Task, use: Use): Promise<void> {
  // A test that has run out of time may never come to hand its database back.
  const database = await from.open(() => task.result?.state === 'run')
  await use(database)
  await from.finish(database, { name: task.name, failed: task.result?.state === 'fail' })
}
