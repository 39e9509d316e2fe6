import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Volume } from '@pgfork/core/driver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createContext, dataFile, fillVolume, takeSnapshot } from '../../../test/support/driver-fixture/index.ts'
import { byExtent } from '../../../test/support/extent.ts'
import { createThinVolume, type ThinVolume } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { lvm } from './index.ts'

describe('H74: a command that suspends the source is not ended', () => {
  /** No command of LVM's is so fast in a guest. */
  const hasty = lvm({ commandTimeoutMs: 1 })
  let thin: ThinVolume
  let volume: Volume
  beforeAll(async () => {
    thin = await createThinVolume()
    volume = await lvm().locate(await fillVolume(thin.path), createContext())
  })
  afterAll(() => thin?.[Symbol.asyncDispose]())

  /** Neither suspended, nor with a table that waits for a resumption; and writing gets through. */
  async function expectAtWork(): Promise<void> {
    const { stdout } = await runner.run('dmsetup', ['info', '--columns', '--noheadings', '--options', 'name,suspended'])
    expect(stdout).not.toContain('Suspended')
    await writeFile(dataFile(thin.path), 'written', { flush: true })
  }

  test('by a time limit: it is waited for, with a warning', async () => {
    const context = createContext()
    const snapshot = await takeSnapshot(hasty, volume, 'hasty', context)
    expect(context.warnings).toEqual([expect.stringMatching(/^lvcreate .*has not ended within 1 ms.*\(H74\)/)])
    await expectAtWork()
    await lvm().removeSnapshot(snapshot, context)
  })

  test('by an abort, whenever that comes', async () => {
    const outcomes = new Set<string>()
    for (let count = 0; count < byExtent(10, 40, 400); count++) {
      const name = `aborted-${count}`
      const aborting = new AbortController()
      const taken = takeSnapshot(lvm(), volume, name, createContext(aborting.signal)).then(
        () => 'taken',
        (error: { code?: string }) => String(error.code),
      )
      await delay(Math.random() * 200)
      aborting.abort()
      outcomes.add(await taken)
      await expectAtWork()
      await lvm().removeSnapshot({ volume, name }, createContext())
    }
    expect([...outcomes].filter((outcome) => outcome !== 'taken' && outcome !== 'ABORTED')).toEqual([])
    expect(outcomes).toContain('taken')
  })
})
