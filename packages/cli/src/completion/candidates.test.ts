import { expect, test } from 'vitest'
import { buildProgram } from '../commands/program.ts'
import { candidates } from './candidates.ts'

const names = {
  forks: async () => ['staging', 'stale', 'other'],
  snapshots: async () => ['monday'],
  standbys: async () => ['production'],
  imports: async () => ['shop'],
}
const after = (...words: string[]) => candidates(buildProgram({ isJson: false }), words, names)

test('commands, but not the one for completion', async () => {
  expect(await after('')).toEqual(expect.arrayContaining(['create', 'run', 'snapshot', 'gc']))
  expect(await after('')).not.toContain('complete')
  expect(await after('s')).toEqual(expect.arrayContaining(['show', 'snapshot', 'start', 'stop']))
  expect(await after('snapshot', 'p')).toEqual(['protect', 'prune'])
})

test('names', async () => {
  expect(await after('show', 'sta')).toEqual(['staging', 'stale'])
  expect(await after('show', 'staging', '')).toEqual([])
  expect(await after('destroy', 'staging', 'o')).toEqual(['other'])
  expect(await after('snapshot', 'destroy', '')).toEqual(['monday'])
  expect(await after('storage', 'remove', '')).toEqual([])
  expect(await after('create', '--snapshot', '')).toEqual(['monday'])
  expect(await after('create', '--fork', 'st')).toEqual(['staging', 'stale'])
  expect(await after('standby', 'status', '')).toEqual(['production'])
  expect(await after('create', '--standby', 'p')).toEqual(['production'])
  expect(await after('import', 'refresh', '')).toEqual(['shop'])
})

test('options and their values', async () => {
  expect(await after('create', '--pro')).toEqual(['--protect'])
  expect(await after('create', '--driver', 'b')).toEqual(['btrfs'])
  expect(await after('create', '--driver', 'o')).toEqual(['overlay'])
  expect(await after('explain', 'NO_SP')).toEqual(['NO_SPACE'])
  expect(await after('completion', '')).toEqual(['bash', 'zsh', 'fish'])
})

test('nothing, where a path or another program’s words follow', async () => {
  expect(await after('create', '/s')).toEqual([])
  expect(await after('run', '--', 'np')).toEqual([])
})
