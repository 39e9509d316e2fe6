import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { identifySystem } from './identify-system.ts'

let folder: string
let libraries: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-test-system-'))
  libraries = join(folder, 'lib', 'x86_64-linux-gnu')
  await mkdir(libraries, { recursive: true })
  await symlink(join(folder, 'lib'), join(folder, 'lib64'))
  await writeFile(join(libraries, 'libc.so.6'), 'glibc 2.36')
  await writeFile(join(libraries, 'libicui18n.so.72.1'), 'ICU 72.1')
  await symlink('libicui18n.so.72.1', join(libraries, 'libicui18n.so.72'))
  await writeFile(join(libraries, 'libssl.so.3'), 'OpenSSL')
  await symlink('/usr/share/zoneinfo/Europe/Berlin', join(folder, 'localtime'))
})
afterAll(() => rm(folder, { recursive: true }))

const identify = () =>
  identifySystem(
    ['lib', 'lib64', 'nowhere'].map((name) => join(folder, name)),
    join(folder, 'localtime'),
  )

test.runIf(process.platform === 'linux')(
  'H129: other libraries that sort texts, and another time zone, make another identity; others make none',
  async () => {
    const first = await identify()
    expect(await identify()).toEqual(first)
    expect(first.join()).toContain('libc.so.6')
    await writeFile(join(libraries, 'libssl.so.3'), 'OpenSSL, patched')
    expect(await identify()).toEqual(first)

    await rename(join(libraries, 'libicui18n.so.72.1'), join(libraries, 'libicui18n.so.72.2'))
    await rm(join(libraries, 'libicui18n.so.72'))
    await symlink('libicui18n.so.72.2', join(libraries, 'libicui18n.so.72'))
    const second = await identify()
    expect(second).not.toEqual(first)

    await utimes(join(libraries, 'libc.so.6'), 1, 1)
    const third = await identify()
    expect(third).not.toEqual(second)

    await rm(join(folder, 'localtime'))
    await symlink('/usr/share/zoneinfo/Asia/Tokyo', join(folder, 'localtime'))
    expect(await identify()).not.toEqual(third)
  },
)
