import { chmodSync, chownSync, lchownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isRoot, nobody } from '../../../../test/support/attacker/index.ts'
import { makeWorkFolder } from '../../../../test/support/system/make-work-folder.ts'
import { checkPlace, findUnsafe } from './check-place.ts'
import { noteExposed, noteVolumeOf } from './exposed.ts'

let work: string
let above: string
let place: string
beforeEach(async () => {
  work = await makeWorkFolder('place')
  above = join(work, 'above')
  place = join(above, 'middle', 'place')
  mkdirSync(place, { recursive: true, mode: 0o755 })
})
afterEach(() => rmSync(work, { recursive: true }))

test('a place that is ours alone is fine, also one that is not there yet, and one in /tmp', () => {
  expect(findUnsafe(place)).toBeUndefined()
  expect(findUnsafe(join(place, 'later', 'below'))).toBeUndefined()
  chmodSync(above, 0o1777)
  expect(findUnsafe(place)).toBeUndefined()
})

const ways: [string, boolean, (path: string) => void][] = [
  ['belongs to another user', isRoot, (path) => chownSync(path, nobody.uid, nobody.gid)],
  ['can be written by other users', true, (path) => chmodSync(path, 0o777)],
  ['can be written by other users', isRoot, (path) => chmodSync(path, 0o775)],
  [
    'belongs to another user',
    isRoot,
    (path) => {
      rmSync(path, { recursive: true })
      symlinkSync(work, path)
      lchownSync(path, nobody.uid, nobody.gid)
    },
  ],
  [
    'is a symbolic link',
    true,
    (path) => {
      rmSync(path, { recursive: true })
      symlinkSync('above', path)
    },
  ],
  [
    'is not a directory',
    true,
    (path) => {
      rmSync(path, { recursive: true })
      writeFileSync(path, '')
    },
  ],
]

test.each(ways.filter(([, isPossible]) => isPossible))('H61: a folder above that %s is refused', (reason, _, spoil) => {
  spoil(above)
  expect(findUnsafe(place)).toEqual({ folder: above, reason: expect.stringContaining(reason) })
  expect(() => checkPlace(place, 'Mend it.')).toThrow(`${above} ${reason}`)
})

test('a link above that only we could have made is followed, and what it leads to is looked at; the last one is refused', () => {
  const link = join(work, 'link')
  symlinkSync('above', link)
  expect(findUnsafe(join(link, 'middle', 'place'))).toBeUndefined()
  expect(findUnsafe(link)).toEqual({ folder: link, reason: 'is a symbolic link' })
  chmodSync(join(above, 'middle'), 0o777)
  expect(findUnsafe(join(link, 'middle', 'place'))).toMatchObject({ folder: join(above, 'middle') })
})

test.runIf(isRoot)("another's folder in a folder where all may make some is refused", () => {
  chmodSync(above, 0o1777)
  chownSync(join(above, 'middle'), nobody.uid, nobody.gid)
  expect(findUnsafe(place)).toMatchObject({ folder: join(above, 'middle') })
})

test('H110: what is mounted in a container is not safe, whoever owns it, nor is anything below', () => {
  expect(findUnsafe(place)).toBeUndefined()
  noteExposed(['/', above])
  expect(findUnsafe(place)).toEqual({ folder: above, reason: expect.stringContaining('mounted in a container') })
  expect(() => checkPlace(place, 'Choose.')).toThrow(expect.objectContaining({ hazard: 'H110' }))
  expect(findUnsafe(work)).toBeUndefined()
})

test('H111: what an engine keeps of a volume, and where it keeps volumes, is no place for anything else', () => {
  const data = join(work, 'volumes', 'db', '_data', '18')
  mkdirSync(data, { recursive: true })
  noteVolumeOf(data)
  for (const name of ['volumes/db/.pgfork', 'volumes/.pgfork'])
    expect(() => checkPlace(join(work, name), 'Choose.')).toThrow(expect.objectContaining({ hazard: 'H111' }))
  expect(findUnsafe(join(work, '.pgfork'))).toBeUndefined()
})
