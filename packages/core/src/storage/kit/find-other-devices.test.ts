import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { findOtherDevices } from './find-other-devices.ts'

/** As databases are made and dropped. */
const restless = `
const { mkdirSync, rmdirSync } = require('node:fs')
console.log('begun')
for (;;) { mkdirSync(process.argv[1]); rmdirSync(process.argv[1]) }`

test('what vanishes during the search is left out, 5000 times', async () => {
  const parent = await mkdtemp(join(await realpath(tmpdir()), 'pgfork-test-devices-'))
  const child = spawn(process.execPath, ['-e', restless, join(parent, 'folder')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  try {
    await once(child.stdout, 'data')
    for (let count = 0; count < 5000; count++) expect(await findOtherDevices(parent)).toEqual([])
  } finally {
    child.kill('SIGKILL')
    await ended
    await rm(parent, { recursive: true })
  }
}, 60_000)
