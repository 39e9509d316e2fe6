import { expect, test } from 'vitest'
import { neutralizeWorkers } from './background-workers.ts'
import { activeLibraries, harmlessLibraries } from './known-libraries.ts'

const source = {
  work_mem: '7MB',
  shared_preload_libraries: 'timescaledb, "$libdir/citus", pg_stat_statements, /opt/acme.so, pg_cron',
  session_preload_libraries: 'anon, pg_net, acme_session',
}

test('H67: strict keeps what is harmless, silences or leaves out what acts, and leaves out what is not known', () => {
  const { settings, leftOut, changes, warnings } = neutralizeWorkers(source, 'strict')
  expect(settings).toEqual({
    work_mem: '7MB',
    shared_preload_libraries: 'timescaledb, pg_stat_statements',
    session_preload_libraries: 'anon, acme_session',
    'timescaledb.max_background_workers': '0',
    'timescaledb.telemetry_level': 'off',
  })
  expect(leftOut).toEqual(['citus', 'acme', 'pg_cron', 'pg_net'])
  expect(changes).toHaveLength(5)
  expect(changes.join('\n')).toMatch(/acme was left out of shared_preload_libraries: .*H67.*keep: \['acme'\]/)
  expect(changes.join('\n')).toMatch(/pg_net, which sends HTTP requests, was left out of session_preload_libraries/)
  expect(warnings).toEqual([])
})

test('H25: neutralize keeps what is not known, with a warning; keep changes nothing', () => {
  const { settings, warnings } = neutralizeWorkers(source, 'neutralize')
  expect(settings.shared_preload_libraries).toBe('timescaledb, pg_stat_statements, /opt/acme.so')
  expect(warnings).toEqual([expect.stringMatching(/^acme is preloaded/)])
  expect(neutralizeWorkers(source, 'keep')).toEqual({ settings: source, leftOut: [], changes: [], warnings: [] })
})

test('H67: what the caller names is kept as it is, and said', () => {
  const { settings, warnings } = neutralizeWorkers(source, { keep: ['acme', 'timescaledb'] })
  expect(settings.shared_preload_libraries).toBe('timescaledb, pg_stat_statements, /opt/acme.so')
  expect(settings).not.toHaveProperty(['timescaledb.max_background_workers'])
  expect(warnings).toHaveLength(2)
})

test('a source without libraries has no more settings than before', () => {
  expect(neutralizeWorkers({ work_mem: '7MB' }, 'strict').settings).toEqual({ work_mem: '7MB' })
})

test('H67: Citus, bg_mon and pg_vectorize are known, and no library is both', () => {
  expect(Object.keys(activeLibraries)).toEqual(expect.arrayContaining(['citus', 'bg_mon', 'vectorize']))
  expect(Object.keys(activeLibraries).filter((name) => harmlessLibraries.has(name))).toEqual([])
})
