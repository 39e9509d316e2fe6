import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { boundRunner } from '../../command/bound-runner.ts'
import { createRunner } from '../../command/execa-runner.ts'
import { findBinaries } from './find-binaries.ts'

const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-test-binaries-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const runner = createRunner()

async function binaries(name: string, version: string, work = ''): Promise<string> {
  const directory = join(folder, name)
  await mkdir(directory)
  await writeFile(join(directory, 'postgres'), `#!/bin/sh\n${work}\necho 'postgres (PostgreSQL) ${version}'\n`)
  await chmod(join(directory, 'postgres'), 0o755)
  return directory
}

test('the named folder is taken or refused, never replaced', async () => {
  const binDirectory = await binaries('15', '15.18 (Debian 15.18-1)')
  const request = { dataDirectory: folder, owner, binDirectory }
  expect(await findBinaries({ ...request, major: 15 }, runner)).toBe(binDirectory)
  await expect(findBinaries({ ...request, major: 14 }, runner)).rejects.toMatchObject({
    code: 'VERSION_MISMATCH',
    facts: { binDirectory, found: 15, expected: 14 },
  })
  const missing = { ...request, binDirectory: join(folder, 'none'), major: 15 }
  await expect(findBinaries(missing, runner)).rejects.toMatchObject({
    code: 'BINARIES_NOT_FOUND',
    facts: { searched: [join(folder, 'none')] },
  })
})

test('what is no server, and what is a beta of one', async () => {
  const odd = await binaries('odd', 'devel')
  await expect(
    findBinaries({ dataDirectory: folder, owner, binDirectory: odd, major: 15 }, runner),
  ).rejects.toMatchObject({
    code: 'BINARIES_NOT_FOUND',
  })
  const beta = await binaries('beta', '19beta1')
  await expect(
    findBinaries({ dataDirectory: folder, owner, binDirectory: beta, major: 18 }, runner),
  ).rejects.toMatchObject({
    code: 'VERSION_MISMATCH',
    facts: { found: 19 },
  })
})

test('the last start of the cluster tells its binaries', async () => {
  const own = await binaries('own', '17.2')
  await writeFile(join(folder, 'postmaster.opts'), `${own}/postgres "-D" "/data"\n`)
  expect(await findBinaries({ dataDirectory: folder, owner, major: 17 }, runner)).toBe(own)
})

test('who asks at the same time as somebody that gives up still gets the answer', async () => {
  const binDirectory = await binaries('slow', '16.1', 'sleep 0.3')
  const aborting = new AbortController()
  const request = { dataDirectory: folder, owner, binDirectory, major: 16 }
  const given = findBinaries(request, boundRunner(runner, { signal: aborting.signal }))
  const other = findBinaries(request, runner)
  setTimeout(() => aborting.abort(), 50)
  await expect(given).rejects.toMatchObject({ code: 'ABORTED' })
  expect(await other).toBe(binDirectory)
})
