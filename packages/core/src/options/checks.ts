import { invalidOption, invalidSecret } from '../errors/invalid-option.ts'

/** Throws `INVALID_OPTION` for a value that an option can't have. It is called for values that are there. */
export interface OptionCheck {
  (value: unknown, option: string, of: string): void
  /** Of an option that is an object of options. */
  readonly shape?: Readonly<Record<string, OptionCheck>>
}

/** A check for each option of a type, none more and none less. */
export type OptionShape<Options> = { readonly [Name in keyof Options]-?: OptionCheck }

/** The longest that a timer of Node's can wait; above, it fires at once. */
export const longestMs = 2 ** 31 - 1

/** `expected` completes "must be ..". */
export const checking =
  (expected: string, isRight: (value: unknown) => boolean): OptionCheck =>
  (value, option) => {
    if (!isRight(value)) throw invalidOption(option, expected, value)
  }

/** The same of an option that may hold a secret. */
export const checkingSecret =
  (expected: string, isRight: (value: unknown) => boolean): OptionCheck =>
  (value, option) => {
    if (!isRight(value)) throw invalidSecret(option, expected)
  }

export const flag = checking('true or false', (value) => typeof value === 'boolean')

export const callable = checking('a function', (value) => typeof value === 'function')

/** A name in a database, which may hold anything but a zero. */
export const databaseName = checking('a name', (value) => isText(value) && value !== '')

export const names = checking(
  'an array of names',
  (value) => Array.isArray(value) && value.every((name) => isText(name) && name !== ''),
)

export const isPath = (value: unknown): value is string => isText(value) && value !== ''

export const path = checking('a path', isPath)

export const milliseconds = checking(
  `a number of milliseconds above 0, at most ${longestMs}`,
  (value) => isNumber(value) && value > 0 && value <= longestMs,
)

export const integer = (from: number, to: number): OptionCheck =>
  checking(
    `an integer from ${from} to ${to}`,
    (value) => Number.isInteger(value) && from <= Number(value) && Number(value) <= to,
  )

export const percent = checking(
  'a percentage above 0, at most 100',
  (value) => isNumber(value) && value > 0 && value <= 100,
)

export const oneOf = (allowed: readonly string[]): OptionCheck =>
  checking(allowed.map((one) => `'${one}'`).join(' or '), (value) => allowed.includes(value as string))

/** Told by what it can do: a test runner with a context of its own (Jest) has an `AbortSignal` of its own. */
export const abortSignal = checking(
  'an AbortSignal',
  (value) => isObject(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function',
)

export const anObjectThat = (expected: string, ...methods: readonly string[]): OptionCheck =>
  checking(expected, (value) => isObject(value) && methods.every((name) => typeof value[name] === 'function'))

/** Of a name, a path or a password: text without a zero, which no system call takes. */
export const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')

export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
