import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createRunner } from '@pgfork/core'
import { withLock } from '@pgfork/core/companion'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eachLimited } from '../../support/each-limited.ts'
import { type Place, startElsewhere, whyNotElsewhere } from '../../support/elsewhere/index.ts'
import { byExtent } from '../../support/extent.ts'
import { stopProcess } from '../../support/frozen/stop-process.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'

const runner = createRunner()
const container: Place = { container: true }
const otherMachine: Place = {
  container: true,
  machineId: '0123456789abcdef0123456789abcdef',
  bootId: '01234567-89ab-cdef-0123-456789abcdef',
}

const obstacle = await whyNotElsewhere()
describe.skipIf(obstacle !== undefined)(`locks across machines${obstacle ? `, skipped: ${obstacle}` : ''}`, () => {
  let folder: string
  beforeAll(async () => {
    folder = await makeWorkFolder('locks')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test.each([
    ['the machine itself', {}],
    ['another container', container],
    ['a container without a machine id', { container: true, machineId: '' }],
  ])('H71: the lock of a process that was killed in a container is taken over from %s', async (where, place) => {
    const path = join(folder, `killed-${where.replaceAll(' ', '-')}`)
    await using holder = await startElsewhere(container)
    await using taker = await startElsewhere(place)
    await holder.ask('lock', { folder: path })
    // It lives, and has the lock.
    await expect(taker.ask('lock', { folder: path, timeoutMs: 3_000 })).rejects.toMatchObject({ code: 'ABORTED' })
    expect(taker.warnings).toEqual([expect.stringMatching(/^Waiting for the lock .* by process 1 of .*still runs/)])
    await holder.kill()
    await taker.ask('lock', { folder: path, timeoutMs: 20_000 })
    expect(taker.warnings).toEqual([])
  })

  const killed = byExtent(50, 200, 1000)
  test(`H71: ${killed} processes that are killed in the middle of taking, holding and giving back leave the lock to one at a time`, async () => {
    const place = join(folder, 'churn')
    await mkdir(place)
    const live = async (id: string): Promise<void> => {
      await using process = await startElsewhere({})
      await process.ask('churn', { folder: place, id })
      await delay(Math.random() * 30)
      await writeFile(join(place, `killed-${id}`), '')
      await process.kill()
    }
    const lives = Array.from({ length: killed }, (_, number) => String(number))
    await eachLimited(lives, 4, live)
    // It is free in the end, or is taken over.
    await withLock(join(place, 'lock'), { runner, signal: AbortSignal.timeout(20_000) }, async () => {})
    expect(await readFile(join(place, 'overlaps'), 'utf8').catch(() => '')).toBe('')
    expect(await readdir(join(place, 'lock'))).toContain('free')
  })

  test('H71: the lock of a process that is stopped for a while is not taken over', async () => {
    const path = join(folder, 'stopped')
    await using holder = await startElsewhere({ without: [] })
    await using taker = await startElsewhere(container)
    await holder.ask('lock', { folder: path })
    const pid = await holder.ask('pid', undefined)
    {
      await using _ = await stopProcess(pid)
      await expect(taker.ask('lock', { folder: path, timeoutMs: 3_000 })).rejects.toMatchObject({ code: 'ABORTED' })
    }
    await holder.ask('release', undefined)
    await taker.ask('lock', { folder: path })
  })

  test('H71: of another machine nothing is concluded: its lock stays until its folder is removed by hand', async () => {
    const path = join(folder, 'machine')
    await using holder = await startElsewhere(otherMachine)
    await holder.ask('lock', { folder: path })
    await holder.kill()
    const warnings: string[] = []
    const options = { runner, signal: AbortSignal.timeout(4_000), onWarning: (text: string) => warnings.push(text) }
    await expect(withLock(path, options, async () => {})).rejects.toMatchObject({ code: 'ABORTED' })
    expect(warnings).toEqual([expect.stringContaining(`If it has ended for certain, remove ${path}.`)])
    await rm(path, { recursive: true })
    expect(await withLock(path, { runner }, async () => 'in')).toBe('in')
  })
})
