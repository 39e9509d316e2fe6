import { after, test as base, type TestContext } from 'node:test'
import type { OfContainer } from './container/container-options.ts'
import type { DatabaseOptions } from './fixtures/database-options.ts'
import type { TestDatabase } from './fixtures/test-database.ts'
import { TestDatabases } from './fixtures/test-databases.ts'
import { checkTemplateOptions, databaseShape } from './options.ts'

/** A test function of node:test. The database is its first argument, the context its second. */
export type DatabaseTestFunction = (database: TestDatabase, context: TestContext) => Promise<unknown> | unknown

export interface DatabaseTestOptions {
  /** As of node:test, like all of these. */
  readonly only?: boolean
  /** A text says why. */
  readonly skip?: boolean | string
  /** A text says what is to be done. */
  readonly todo?: boolean | string
  /** Of its subtests. */
  readonly concurrency?: boolean | number
  /** Milliseconds. */
  readonly timeout?: number
  /** Aborts the test. */
  readonly signal?: AbortSignal
}

/** The `test` of node:test, whose function gets a server. */
export interface DatabaseTest {
  (name: string, test: DatabaseTestFunction): Promise<void>
  (name: string, options: DatabaseTestOptions, test: DatabaseTestFunction): Promise<void>
}

/**
 * The `test` of node:test with a PostgreSQL server for every test. A failed test keeps its server and prints how to connect
 * to it. Call it at the top of a file: the servers are removed when the file is done.
 *
 * @example
 * const test = createTest({ key: { files: 'migrations/*.sql' }, setup: ({ connectionString }) => migrate(connectionString) })
 *
 * test('adds a user', async ({ db }) => { await db.query('insert ..') })
 */
export function createTest(options: DatabaseOptions | OfContainer): DatabaseTest {
  checkTemplateOptions('createTest', options, databaseShape)
  const databases = new TestDatabases(options)
  after(() => databases.close())
  return (name: string, ...rest: [DatabaseTestFunction] | [DatabaseTestOptions, DatabaseTestFunction]) => {
    const [testOptions, test] = rest.length === 1 ? [{}, rest[0]] : rest
    return base(name, testOptions, async (context) => {
      const database = await databases.open()
      let failed = true
      try {
        await test(database, context)
        failed = false
      } finally {
        await databases.finish(database, { name, failed })
      }
    })
  }
}
