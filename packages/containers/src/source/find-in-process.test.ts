import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { findInProcess } from './find-in-process.ts'

test('H84: what a process calls so is found through its links, and nothing where they lead nowhere', () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'pgfork-test-in-process-'))
  try {
    mkdirSync(join(folder, 'real', 'below'), { recursive: true })
    symlinkSync(join(folder, 'real'), join(folder, 'absolute'))
    symlinkSync('../absolute/./below/..', join(folder, 'real', 'relative'))
    symlinkSync('circle', join(folder, 'circle'))
    const found = findInProcess(process.pid, join(folder, 'absolute', 'relative', 'below'))
    expect(found).toBe(`/proc/${process.pid}/root${folder}/real/below`)
    expect(statSync(found ?? '').ino).toBe(statSync(join(folder, 'real', 'below')).ino)
    for (const missing of ['circle/below', 'nothing'])
      expect(findInProcess(process.pid, join(folder, missing))).toBeUndefined()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
