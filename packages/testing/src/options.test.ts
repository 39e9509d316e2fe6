import { createDatabases, createTemplate, pruneTemplates } from '@pgfork/testing'
import { createTest as createNodeTest } from '@pgfork/testing/node-test'
import { createTest } from '@pgfork/testing/vitest'
import { expect, test } from 'vitest'

const container = () => ({ getId: () => 'c0ffee' })

const wrong: [object, string][] = [
  [{}, "key must be a text, { files: 'migrations/*.sql' }, or an array of such, not undefined."],
  [{ key: 42 }, 'key must be a text'],
  [{ key: [] }, 'key must be a text'],
  [{ key: 'x', setUp: () => {} }, 'has no option setUp. Did you mean setup?'],
  [{ key: 'x', setup: 'create table' }, 'setup must be a function'],
  [{ key: 'x', name: 'Upper' }, 'name must be 1 to 24 of'],
  [{ key: 'x', name: 'a..b' }, 'no two dots in a row'],
  [{ key: 'x', directroy: '/x' }, 'Did you mean directory?'],
  [{ key: 'x', settings: { work_mem: {} } }, 'settings.work_mem must be a string, number or boolean'],
  [{ key: 'x', initdbOptions: '--locale=C' }, 'initdbOptions must be words for initdb'],
  [
    { key: 'x', initdbOptions: ['--pgdata=/'] },
    "initdbOptions must be without words that belong to the template, not '--pgdata=/'.",
  ],
  [{ key: 'x', initdbOptions: ['--user=x'] }, "without words that belong to the template, not '--user=x'."],
  [{ key: 'x', initdbOptions: ['-kD/x'] }, "without words that belong to the template, not '-kD/x'."],
  [{ key: 'x', initdbOptions: [], source: '/x' }, 'initdbOptions must be left out with a source'],
]

test.each(wrong)('createTemplate, createDatabases and createTest refuse %o', async (options, message) => {
  await expect(createTemplate(options as never)).rejects.toThrow(message)
  for (const make of [createDatabases, createTest, createNodeTest])
    expect(() => make(options as never)).toThrow(message)
})

test.each([
  [
    createDatabases,
    { key: 'x', pool: { sise: 1 } },
    'createDatabases has no option pool.sise. Did you mean pool.size?',
  ],
  [createDatabases, { key: 'x', size: 1 }, 'createDatabases has no option size. Did you mean pool.size?'],
  [createDatabases, { key: 'x', keepFailed: true }, 'keepFailed must be an integer'],
  [createTest, { key: 'x', scope: 'suite' }, "scope must be 'test' or 'file' or 'worker', not 'suite'."],
  [createTest, { key: 'x', reset: 'yes' }, 'reset must be true or false'],
  [createNodeTest, { key: 'x', scope: 'file' }, 'createTest has no option scope.'],
])('%o refuses %o', (make, options, message) => {
  expect(() => (make as (options: object) => unknown)(options)).toThrow(message)
})

test.each([
  [{ container: 'db' }, 'container must be a function'],
  [{ container, source: '/x' }, 'source must be left out with a container'],
  [{ container, initdbOptions: [] }, 'initdbOptions must be left out with a container'],
  [{ container, directory: '/x' }, 'directory must be left out with a container'],
])('createDatabases and createTest refuse %o', (options, message) => {
  for (const make of [createDatabases, createTest, createNodeTest])
    expect(() => make(options as never)).toThrow(message)
})

test('pruneTemplates', async () => {
  await expect(pruneTemplates({ al: true } as never)).rejects.toThrow(
    'pruneTemplates has no option al. Did you mean all?',
  )
})
