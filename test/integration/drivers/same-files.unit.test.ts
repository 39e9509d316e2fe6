import { existsSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

const packages = new URL('../../../packages/', import.meta.url)
const drivers = readdirSync(packages).filter((name) => /^driver-(?!testkit)/.test(name))

/** What every driver has to do has the same name in each. */
const common = [
  'attach',
  'clone',
  'command',
  'command-errors',
  'index',
  'list',
  'locate-volume',
  'names',
  'options',
  'remove',
  'snapshot',
  'space',
  'conformance.test',
]

test('there are six drivers', () => {
  expect(drivers).toEqual(['driver-btrfs', 'driver-copy', 'driver-lvm', 'driver-overlay', 'driver-rbd', 'driver-zfs'])
})

test.each(drivers)('%s has the files that all drivers have', (driver) => {
  const name = driver.slice('driver-'.length)
  const expected = [...common, `${name}-driver`]
  expect(expected.filter((file) => !existsSync(new URL(`${driver}/src/${file}.ts`, packages)))).toEqual([])
})
