import { expect, test } from 'vitest'
import { checkDriverOptions, commonOptions } from './driver-options.ts'

const check = (options: object) => () => checkDriverOptions('btrfs', options, commonOptions)

test('right values, and those left out, pass', () => {
  check({})()
  check({ directory: '/srv/pgfork', prefix: ['sudo', '-n'], commandTimeoutMs: 1, busyTimeoutMs: 0 })()
  check({ directory: undefined, prefix: [], commandTimeoutMs: 2 ** 31 - 1 })()
})

test.each([
  [{ directory: 'srv' }, "btrfs(): directory must be an absolute path, not 'srv'."],
  [{ directory: 7 }, 'directory must be an absolute path'],
  [{ prefix: 'sudo' }, "prefix must be an array of words, such as ['sudo', '-n']"],
  [{ prefix: ['sudo', ''] }, 'prefix must be an array of words'],
  [{ commandTimeoutMs: 0 }, 'commandTimeoutMs must be a number of milliseconds from 1'],
  [{ commandTimeoutMs: 2 ** 31 }, 'to 2147483647, not 2147483648'],
  [{ commandTimeoutMs: Number.NaN }, 'not NaN'],
  [{ busyTimeoutMs: -1 }, 'busyTimeoutMs must be a number of milliseconds from 0'],
  [{ busyTimeoutMs: '5' }, "not '5'"],
  [{ dirctory: '/srv' }, 'btrfs() has no option dirctory. Did you mean directory?'],
  [{ toString: 1 }, 'btrfs() has no option toString.'],
])('%o is refused with what would be right', (options, message) => {
  expect(check(options)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }),
  )
})
