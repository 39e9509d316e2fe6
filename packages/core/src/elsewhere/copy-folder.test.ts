import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkRoom } from './copy-folder.ts'

/** A file system of its own on every Linux. */
const mounted = '/dev/shm'

const freeIn = async (directory: string): Promise<number> => {
  const error: unknown = await checkRoom(directory, Number.MAX_SAFE_INTEGER).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ code: 'NO_SPACE', hazard: 'H55' })
  return (error as { facts: { freeBytes: number } }).facts.freeBytes
}

test.skipIf(!existsSync(mounted))(
  'the room for a folder is that of its own file system, or of the one that it will be in',
  async () => {
    const difference = (await freeIn(mounted)) - (await freeIn(`${mounted}/not-made-yet`))
    // Others write there meanwhile.
    expect(Math.abs(difference)).toBeLessThan(100e6)
    await checkRoom(mounted, 1)
    await checkRoom('/nowhere/at/all', undefined)
  },
)
