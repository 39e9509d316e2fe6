import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Directory } from '../../files/directory.ts'
import { readControlData } from './control-data.ts'
import { controlFileLayout } from './control-file-layout.ts'
import { crc32c } from './crc32c.ts'

const mebibyte = 1024 * 1024
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-control-'))
  await mkdir(join(folder, 'global'))
})
afterAll(() => rm(folder, { recursive: true }))

/** With a right checksum, as its owner can write it. */
async function writeControlFile(major: number, segmentBytes: number): Promise<void> {
  const layout = controlFileLayout(major)
  const content = Buffer.alloc(8192)
  content.writeUInt32LE(segmentBytes, layout.walSegmentBytes)
  content.writeUInt32LE(crc32c(content.subarray(0, layout.crc)), layout.crc)
  await writeFile(join(folder, 'global', 'pg_control'), content)
}

test.each([0, 1, 3 * mebibyte, 2 ** 31])('H100: no server makes segments of %d bytes', async (bytes) => {
  using directory = Directory.open(folder)
  for (const major of [10, 18]) {
    await writeControlFile(major, bytes)
    await expect(readControlData(directory, major)).rejects.toMatchObject({
      code: 'SOURCE_NOT_A_CLUSTER',
      facts: { walSegmentBytes: bytes },
    })
    await writeControlFile(major, 64 * mebibyte)
    expect(await readControlData(directory, major)).toMatchObject({ walSegmentBytes: 64 * mebibyte })
  }
})

test('a control file that can’t be read is not said to be damaged, and one that is damaged is', {
  timeout: 60_000,
}, async () => {
  using directory = Directory.open(folder)
  const file = join(folder, 'global', 'pg_control')
  const refusal = (message: string) => ({ code: 'SOURCE_NOT_A_CLUSTER', message: expect.stringContaining(message) })
  await writeFile(file, Buffer.alloc(8192, 1))
  await expect(readControlData(directory, 15)).rejects.toMatchObject(refusal('has a wrong checksum'))
  await rm(file)
  await expect(readControlData(directory, 15)).rejects.toMatchObject(refusal("can't be read: ENOENT"))
  await mkdir(file)
  await expect(readControlData(directory, 15)).rejects.toMatchObject(refusal("can't be read: "))
})
