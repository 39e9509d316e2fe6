import { expect, test } from 'vitest'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions, group } from './check-options.ts'
import { callable, flag, type OptionShape } from './checks.ts'
import { nearestName } from './nearest-name.ts'
import { withDefaults } from './with-defaults.ts'

interface Options {
  readonly prepare?: () => void
  readonly checkpoint?: boolean
  readonly verify?: { readonly deep?: boolean }
}

const shape: OptionShape<Options> = {
  prepare: callable,
  checkpoint: flag,
  verify: group<{ deep?: boolean }>({ deep: flag }),
}
const check = (options: unknown): void => checkOptions('createFork', options as Options, shape)

test('what is right passes, and what is undefined counts as left out', () => {
  check({})
  check({ prepare: () => {}, checkpoint: false, verify: { deep: true } })
  check({ checkpoint: undefined, verify: { deep: undefined } })
})

test('an object of a class passes by what it has itself', () => {
  check(
    new (class {
      checkpoint = false
    })(),
  )
})

test.each([
  [{ prepair: () => {} }, 'createFork has no option prepair. Did you mean prepare?'],
  [{ Checkpoint: true }, 'createFork has no option Checkpoint. Did you mean checkpoint?'],
  [{ deep: true }, 'createFork has no option deep. Did you mean verify.deep?'],
  [{ verify: { depe: true } }, 'createFork has no option verify.depe. Did you mean verify.deep?'],
  [{ colour: 1 }, 'createFork has no option colour. Known are prepare, checkpoint, verify.'],
  [{ undefined: undefined }, 'createFork has no option undefined. Known are prepare, checkpoint, verify.'],
  [{ valueOf: true }, 'createFork has no option valueOf. Known are prepare, checkpoint, verify.'],
  [{ 'line\nbreak': 1 }, "createFork has no option 'line\\nbreak'. Known are prepare, checkpoint, verify."],
  [{ checkpoint: 'yes' }, "checkpoint must be true or false, not 'yes'."],
  [{ checkpoint: null }, 'checkpoint must be true or false, not null.'],
  [{ verify: true }, 'verify must be an object of deep, not true.'],
  [{ verify: [] }, 'verify must be an object of deep, not [].'],
  [{ verify: { deep: 1 } }, 'verify.deep must be true or false, not 1.'],
  [{ verify: new Map([['deep', true]]) }, "verify must be an object of deep, not Map(1) { 'deep' => true }."],
  [{ verify: new Date(0) }, 'verify must be an object of deep, not 1970-01-01T00:00:00.000Z.'],
  [{ verify: Object.create({ deep: true }) }, 'verify must be an object of deep, not {}.'],
  [new Map([['checkpoint', true]]), 'createFork takes an object of options, not one that inherits or hides them.'],
  [
    Object.create({ checkpoint: true }, { prepare: { value: () => {}, enumerable: true } }),
    'createFork takes an object of options, not one that inherits or hides them.',
  ],
  [undefined, 'createFork takes an object of options, not undefined.'],
  [null, 'createFork takes an object of options, not null.'],
  [[], 'createFork takes an object of options, not an array.'],
])('%o is refused: %s', (options, message) => {
  expect(() => check(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message }))
})

test('a connection string in the place of options stands in no error', () => {
  expect(() => check('postgresql://chief:secret@host/shop')).toThrow(
    'createFork takes an object of options, not string.',
  )
})

function btrfs() {}

test.each([
  [{ driver: btrfs }, 'driver must be a storage driver such as btrfs(), or an array of some (call it: btrfs()), not'],
  [{ driver: [btrfs] }, 'call it: btrfs()'],
  [{ driver: 'btrfs' }, "driver must be a storage driver such as btrfs(), or an array of some, not 'btrfs'."],
  [{ driver: null }, 'driver must be a storage driver'],
  [{ runner: {} }, 'runner must be a command runner with run() and start(), not {}.'],
  [{ signal: new AbortController() }, 'signal must be an AbortSignal, not AbortController'],
  [{ onWarning: 'log' }, "onWarning must be a function, not 'log'."],
  [{ stateDirectory: 42 }, 'stateDirectory must be a path, not 42.'],
  [{ stateDirectory: 'a\0b' }, 'stateDirectory must be a path'],
  [{ timeouts: { startMS: 1 } }, 'Did you mean timeouts.startMs?'],
  [{ startMs: 1 }, 'Did you mean timeouts.startMs?'],
  [
    { timeouts: { startMs: 0 } },
    'timeouts.startMs must be a number of milliseconds above 0, at most 2147483647, not 0.',
  ],
  [{ timeouts: { startMs: 2 ** 31 } }, 'at most 2147483647, not 2147483648.'],
  [{ timeouts: { startMs: Number.POSITIVE_INFINITY } }, 'at most 2147483647, not Infinity.'],
])('of every operation, %o is refused: %s', (options, message) => {
  expect(() => checkOptions('openFork', options as object, operationShape as OptionShape<object>)).toThrow(message)
})

test.each([
  ['prepare', 'prepair'],
  ['prepare', 'prepared'],
  ['signal', 'singal'],
  ['timeToLiveMs', 'timeToLive'],
  ['role', 'rol'],
  [undefined, 'connection'],
  [undefined, 'x'],
])('the nearest name is %s for %s', (expected, name) => {
  const known = ['prepare', 'signal', 'timeToLiveMs', 'role', 'port', 'settings', 'name', 'checkpoint']
  expect(nearestName(name, known)).toBe(expected)
})

test('defaults hold for what is left out and for what is undefined', () => {
  const given: { one?: number; other?: number | undefined; third?: string } = { one: 5, other: undefined }
  expect(withDefaults(given, { one: 1, other: 2 })).toEqual({ one: 5, other: 2 })
})
