import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { storagePlaceOf } from './storage-place.ts'

/** As processes do that remove the last entry of a folder, and make the next. */
const restless = `
const { mkdirSync, rmdirSync } = require('node:fs')
console.log('begun')
for (;;) { mkdirSync(process.argv[1]); rmdirSync(process.argv[1]) }`

test('a folder has its place while others make and remove it, 2000 times', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'pgfork-test-place-'))
  const folder = join(parent, 'folder')
  const expected = await storagePlaceOf(folder)
  const child = spawn(process.execPath, ['-e', restless, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  try {
    await once(child.stdout, 'data')
    for (let count = 0; count < 2000; count++) expect(await storagePlaceOf(folder)).toEqual(expected)
  } finally {
    child.kill('SIGKILL')
    await ended
    await rm(parent, { recursive: true })
  }
}, 60_000)
