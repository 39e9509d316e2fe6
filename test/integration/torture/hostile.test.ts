import { randomInt } from 'node:crypto'
import { isAbsolute, normalize } from 'node:path'
import { inspect } from 'node:util'
import { type CreateForkOptions, createFork, isPgforkError } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordCommands, showOnFailure } from '../../support/evidence/index.ts'
import { counts, report, timeoutMs } from '../../support/torture-counts.ts'
import { createTortureWorkbench, type TortureWorkbench } from '../../support/workbench/torture-workbench.ts'

let bench: TortureWorkbench
let stateDirectory: string

beforeAll(async () => {
  bench = await createTortureWorkbench()
  stateDirectory = await bench.makeStateDirectory('hostile')
})

afterAll(async () => {
  try {
    await bench.expectCollectable(stateDirectory)
    await bench.expectUntouched()
  } finally {
    await bench[Symbol.asyncDispose]()
  }
})

const hostile: readonly unknown[] = [
  ...['-rf', '--help', '-', '--', '..', '.', '../main', 'a/../../main', '/', '/etc', '', ' ', '\n', '\0', 'a\0b'],
  ...['$(id)', '`id`', ';id', '|id', '*', '~', "'", '"', '\\', '%s', 'é', 'a'.repeat(5000), '-D/etc', '@pgfork'],
  ...[null, 0, -1, 1e9, Number.NaN, true, [], ['-rf'], {}, { length: 1 }, 10n, Symbol.iterator, () => 'x', new Date(0)],
]
const fields = [
  ...['name', 'port', 'timeline', 'durability', 'lifetime', 'backgroundWorkers', 'preparedTransactions'],
  ...['timeToLiveMs', 'settings', 'prepare', 'verify', 'role', 'database', 'source', 'timeouts'],
  ...['protect', 'resettable', 'checkpoint', 'spaceThresholds', 'stateDirectory'],
]
// As far as they are strings, these may be anything that doesn't leave the scratch folder.
const isPath = (field: string, value: unknown): boolean => field === 'stateDirectory' && typeof value === 'string'

const pick = <Item>(items: readonly Item[]): Item => items[randomInt(items.length)] as Item

test(
  'hostile values are refused with a code before any command is run, or are no part of one',
  async () => {
    await using runner = recordCommands()
    showOnFailure(runner)
    const attempt = async (values: Record<string, unknown>): Promise<void> => {
      const given = { source: '/nowhere', driver: btrfs(), stateDirectory, runner, ...values }
      const error = await createFork(given as unknown as CreateForkOptions).catch((reason: unknown) => reason)
      if (!isPgforkError(error)) throw new Error(`${inspect(values)} led to ${error}`, { cause: error })
      // Errors are data, which a worker or a log takes as they are.
      JSON.stringify(error)
    }
    let tried = 0
    for (const field of fields)
      for (const value of hostile)
        if (!isPath(field, value)) {
          await attempt({ [field]: value })
          tried++
        }
    for (let pairs = 0; pairs < counts.fuzz; pairs++, tried++) {
      const values = [pick(fields), pick(fields)].map((field) => [field, pick(hostile)] as const)
      await attempt(Object.fromEntries(values.filter(([field, value]) => !isPath(field, value))))
    }
    expect(runner.commands.map(({ args }) => args)).toEqual([])
    report(`${tried} hostile values refused, commands run with them: 0`)
  },
  timeoutMs,
)

test('hostile values that a fork may have are text to it, and no command knows them', async () => {
  await using runner = recordCommands()
  showOnFailure(runner)
  const sharp = `-c '"\\; $(touch pwned)`
  const application = `${sharp} archive_command = 'touch pwned'`
  await using fork = await createFork({
    source: bench.source.dataDirectory,
    driver: btrfs(),
    stateDirectory,
    runner,
    name: '0-._-',
    settings: { application_name: application, 'torture.line': "x\\n'# = include '/etc/passwd'" },
    database: 'postgres',
  })
  const client = new Client({ ...fork.connection, application_name: undefined })
  await client.connect()
  try {
    const shown = async (name: string): Promise<unknown> =>
      (await client.query('SELECT current_setting($1) AS value', [name])).rows[0].value
    expect(await shown('torture.line')).toBe("x\\n'# = include '/etc/passwd'")
    expect(await shown('archive_command')).toMatch(/^(\(disabled\))?$/)
  } finally {
    await client.end()
  }
  for (const { file, args } of runner.commands)
    for (const argument of args) {
      expect(argument).not.toContain('pwned')
      if (isAbsolute(argument) && !file.startsWith('/usr/')) expect(argument).toBe(normalize(argument))
      if (argument.includes('0-._-')) expect(argument).not.toMatch(/^-/)
    }
})
