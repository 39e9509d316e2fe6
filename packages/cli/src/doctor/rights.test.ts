import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rightsFor } from './rights.ts'

const docs = join(import.meta.dirname, '../../../../docs')

test.each([
  ['lvm', 'ada ALL = (root) NOPASSWD: \\\n  /usr/sbin/lvs '],
  ['zfs', 'ada ALL = (root) NOPASSWD: \\\n  /usr/sbin/zfs '],
  ['overlay', 'ada ALL=(root) NOPASSWD: ALL'],
  ['btrfs', 'install -d -m 0700 -o ada -g ada /srv/pgfork'],
  ['copy', 'install -d -m 0700 -o ada -g ada /srv/pgfork'],
])('the lines of %s are those of its page, for this user', (driver, line) => {
  const lines = rightsFor(driver, docs, 'ada')
  expect(lines).toContain(line)
  expect(lines).toContain(`docs/drivers/${driver}.md`)
  expect(lines).not.toMatch(/^```|postgres/m)
})

test('where the pages are missing, the page is named', () => {
  expect(rightsFor('lvm', undefined)).toBe('See docs/drivers/lvm.md, "Without root".')
})
