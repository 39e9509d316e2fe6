import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { internalOptions, plainOptions } from './startup-options.ts'

const packages = fileURLToPath(new URL('../../../../', import.meta.url))

/** The pool of a test's database is the test's own. */
const pools = ['testing/src/fixtures/open-database.ts']

test('H64: no other module opens sessions', () => {
  const sources = readdirSync(packages, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /^[^/]+\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'),
  )
  const importing = (what: RegExp) => sources.filter((path) => what.test(readFileSync(join(packages, path), 'utf8')))
  expect(sources.length).toBeGreaterThan(100)
  const own = ['bounded-client.ts', 'open-session.ts'].map((name) =>
    relative(packages, fileURLToPath(new URL(name, import.meta.url))),
  )
  expect(importing(/^import {(.*,)? Client\b.* from 'pg'$/m).sort()).toEqual(own)
  expect(importing(/^import {(.*,)? Pool\b.* from 'pg'$/m)).toEqual(pools)
  // Whole, and by other ways.
  expect(importing(/^import (\w+|\* as \w+)(, .*)? from 'pg'|(import|require)\('pg'\)|from 'pg\//m)).toEqual([])
})

test('options are words, whatever their values', () => {
  for (const options of [plainOptions(18), internalOptions(18, 'superuser')])
    for (const word of options.split(/(?<!\\) /)) expect(word).toMatch(/^(-c|[a-z_]+=(\\ |[^\s\\])*)$/)
})

test('no version is given what it does not know, and no ordinary role what it may not set', () => {
  expect(internalOptions(10, 'superuser')).not.toMatch(/idle_session_timeout|transaction_timeout=|event_triggers/)
  expect(internalOptions(18, 'ordinary')).not.toMatch(
    /session_replication_role|session_preload_libraries|event_triggers/,
  )
})
