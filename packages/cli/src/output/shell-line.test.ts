import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellLine } from './shell-line.ts'

test('a shell reads the words that were given', () => {
  const words = ['a b', "it's", '', '$HOME', '`id`', 'a\nb', '-x=1,2', '*', '"']
  const line = shellLine(['printf', '%s\\0', ...words])
  expect(execFileSync('sh', ['-c', line]).toString().split('\0').slice(0, -1)).toEqual(words)
})

test('plain words stay as they are', () => {
  expect(shellLine(['btrfs', 'subvolume', 'snapshot', '/srv/pg/main'])).toBe('btrfs subvolume snapshot /srv/pg/main')
})
