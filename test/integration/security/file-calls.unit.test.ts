import { expect, test } from 'vitest'
import { fileCallsOf, listFileCalls } from '../../../scripts/list-file-calls.ts'
import { allowedCalls } from './file-calls.ts'

const found = listFileCalls()
const allowed = new Map(allowedCalls.flatMap(({ calls }) => Object.entries(calls)))

test('H59, H61: whatever changes files by their paths, outside core/src/files, is one of the few places in file-calls.ts', () => {
  const more = found.filter(({ file, names }) => names.join(' ') !== allowed.get(file))
  expect(more, 'use core/src/files, or say in file-calls.ts why nobody can lead this elsewhere').toEqual([])
})

test('each place in file-calls.ts is there, and once', () => {
  const files = allowedCalls.flatMap(({ calls }) => Object.keys(calls)).sort()
  expect(files).toEqual(found.map(({ file }) => file).sort())
})

test.each([
  ["import { chownSync, lstatSync } from 'node:fs'", ['chownSync']],
  ["import { chown as give } from 'node:fs/promises'", ['chown']],
  ["import { promises } from 'fs'", ['promises']],
  ["import * as fs from 'node:fs'", ['*']],
  ["import fs from 'fs/promises'", ['*']],
  ["import { rm, type Stats } from 'node:fs/promises'", ['rm']],
  ["export { rename } from 'node:fs/promises'", ['*']],
  ["const { rename } = await import('node:fs/promises')", ['*']],
  ["process.getBuiltinModule('fs').rmSync('x')", ['*']],
  ["await runner.run('rm', ['-r', path])", ['rm']],
  ["const [file] = ['/usr/bin/chown']", ['chown']],
  ["await runner.run(`sh`, ['-c', 'x'])", ['sh']],
])('%s is noticed', (source, names) => {
  expect(fileCallsOf(source)).toEqual(names)
})

test.each([
  "import { closeSync, constants, readFileSync, type Stats } from 'node:fs'",
  "import type { FileHandle } from 'node:fs/promises'",
  "function run(file: 'cp' | 'rm'): void {}",
  "import { rm } from './rm.ts'",
])('%s changes nothing', (source) => {
  expect(fileCallsOf(source)).toEqual([])
})
