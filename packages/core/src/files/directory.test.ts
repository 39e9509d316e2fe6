import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isRoot } from '../../../../test/support/attacker/index.ts'
import { makeWorkFolder } from '../../../../test/support/system/make-work-folder.ts'
import { runner } from '../../../../test/support/system/runner.ts'
import { Directory } from './directory.ts'

let work: string
let own: string
beforeEach(async () => {
  work = await makeWorkFolder('directory')
  own = join(work, 'own')
  mkdirSync(join(own, 'below', 'deep'), { recursive: true })
  writeFileSync(join(own, 'file'), 'content')
})
afterEach(() => rmSync(work, { recursive: true }))

test('files and directories are found, and read up to a limit', () => {
  using directory = Directory.open(own)
  expect(directory.names().sort()).toEqual(['below', 'file'])
  expect(directory.readText('file')).toBe('content')
  expect(directory.readText('none')).toBeUndefined()
  expect(() => directory.read('file', 6)).toThrow(/EFBIG.*own\/file has 7 bytes/)
  using deep = directory.openDirectory('below/deep')
  expect(deep.path).toBe(join(own, 'below', 'deep'))
  expect(deep.stats.ino).toBe(lstatSync(deep.path).ino)
})

test('it stays the one that was opened, whatever becomes of its path', () => {
  using directory = Directory.open(own)
  const elsewhere = join(work, 'elsewhere')
  mkdirSync(elsewhere)
  rmSync(own, { recursive: true })
  symlinkSync(elsewhere, own)
  writeFileSync(join(elsewhere, 'file'), 'of somebody else')
  expect(directory.readText('file')).toBeUndefined()
})

test('errors name the path, not the descriptor', () => {
  using directory = Directory.open(own)
  expect(() => directory.read('none')).toThrow(`ENOENT: no such file or directory, open '${join(own, 'none')}'`)
  expect(() => Directory.open(join(own, 'none', 'below'))).toThrow(`open '${join(own, 'none')}`)
})

test.each(['', '.', '..', 'below/deep', '/etc', 'nul\0'])('%j is no entry', (name) => {
  using directory = Directory.open(own)
  expect(() => directory.at(name)).toThrow(TypeError)
})

test('H59: neither links nor pipes are read, and a pipe is not waited for', async () => {
  symlinkSync('file', join(own, 'link'))
  symlinkSync('below', join(own, 'linked'))
  await runner.run('mkfifo', [join(own, 'pipe')])
  using directory = Directory.open(own)
  expect(() => directory.read('link')).toThrow(/ELOOP/)
  expect(() => directory.read('pipe')).toThrow(/EINVAL.*is no regular file/)
  expect(() => directory.read('below')).toThrow(/EINVAL/)
  expect(() => directory.openDirectory('linked')).toThrow(/ENOTDIR/)
  expect(() => directory.openDirectory('linked/deep')).toThrow(/ENOTDIR/)
  expect(directory.isLink('linked')).toBe(true)
  expect(directory.readLink('linked')).toBe('below')
  using linked = directory.openLinked('linked')
  expect(linked.names()).toEqual(['deep'])
})

describe.runIf(isRoot)('of another user', () => {
  const owner = 54_321

  beforeEach(() => {
    for (const path of [own, join(own, 'below'), join(own, 'file')]) chownSync(path, owner, owner)
  })

  test('H59: no component of a path may be a link', () => {
    symlinkSync('own', join(work, 'link'))
    expect(() => Directory.open(join(work, 'link'))).toThrow(/ENOTDIR/)
    expect(() => Directory.open(join(work, 'link', 'below'))).toThrow(/ENOTDIR/)
  })

  test("H63: a hard link to somebody else's file is not his", () => {
    const secret = join(work, 'secret')
    writeFileSync(secret, "root's", { mode: 0o600 })
    linkSync(secret, join(own, 'hard'))
    using directory = Directory.open(own)
    expect(directory.readText('file')).toBe('content')
    expect(() => directory.readText('hard')).toThrow(/EACCES.*belongs to another user/)
  })

  test("H63: a link that leads to another user's directory is not followed", () => {
    const secret = join(work, 'secret')
    mkdirSync(secret)
    symlinkSync(secret, join(own, 'away'))
    symlinkSync(join(own, 'below'), join(own, 'near'))
    using directory = Directory.open(own)
    expect(() => directory.openLinked('away')).toThrow(/EACCES.*belongs to another user/)
    using near = directory.openLinked('near')
    expect(near.path).toBe(join(own, 'below'))
    // One of his that is no link may hold what is another's.
    expect(readdirSync(dirname(secret))).toContain('secret')
  })

  test('folders that others may only pass through are no obstacle', () => {
    chmodSync(work, 0o711)
    using directory = Directory.open(own)
    expect(directory.stats.uid).toBe(owner)
  })
})
