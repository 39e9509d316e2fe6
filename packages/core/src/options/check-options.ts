import { describeValue } from '../errors/describe-value.ts'
import { invalidOption } from '../errors/invalid-option.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { OptionCheck, OptionShape } from './checks.ts'
import { nearestName } from './nearest-name.ts'

/**
 * That a caller's options are what `shape` says and nothing else: an option that nobody knows would be an option that
 * nobody heeds. One that is undefined counts as left out.
 *
 * @param of what takes them, for the error: `createFork`
 * @throws PgforkError `INVALID_OPTION`
 */
export function checkOptions<Options extends object>(of: string, given: Options, shape: OptionShape<Options>): void {
  // Not what it is: it may be a connection string.
  if (!isPlain(given))
    throw new PgforkError('INVALID_OPTION', `${of} takes an object of options, not ${describeKind(given)}.`)
  check(of, '', given, shape)
}

/** An option that is an object of options. */
export const group = <Options extends object>(shape: OptionShape<Options>): OptionCheck =>
  Object.assign(
    (value: unknown, option: string, of: string): void => {
      if (!isPlain(value)) throw invalidOption(option, `an object of ${Object.keys(shape).join(', ')}`, value)
      check(of, `${option}.`, value, shape)
    },
    { shape: shape as Readonly<Record<string, OptionCheck>> },
  )

const describeKind = (given: unknown): string =>
  given === null
    ? 'null'
    : Array.isArray(given)
      ? 'an array'
      : typeof given === 'object'
        ? 'one that inherits or hides them'
        : typeof given

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && showsAll(value)

/** Only what an object has itself is heeded: neither what it inherits, nor what a `Map` holds. */
function showsAll(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  // That of another realm's objects (Jest) isn't ours.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return true
  return Object.keys(value).length > 0 && !inheritsAny(prototype as object)
}

const inheritsAny = (prototype: object | null): boolean =>
  prototype !== null && (Object.keys(prototype).length > 0 || inheritsAny(Object.getPrototypeOf(prototype)))

function check(of: string, prefix: string, given: object, shape: OptionShape<object>): void {
  const checks = shape as Readonly<Record<string, OptionCheck>>
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(checks, name)) throw unknownOption(of, prefix, name, checks)
    if (value !== undefined) checks[name]?.(value, `${prefix}${name}`, of)
  }
}

function unknownOption(
  of: string,
  prefix: string,
  name: string,
  checks: Readonly<Record<string, OptionCheck>>,
): PgforkError {
  const known = Object.keys(checks)
  const suggestion = inGroup(name, checks) ?? nearestName(name, known)
  const hint = suggestion === undefined ? `Known are ${known.join(', ')}.` : `Did you mean ${prefix}${suggestion}?`
  const option = `${prefix}${name}`
  return new PgforkError('INVALID_OPTION', `${of} has no option ${describeName(option)}. ${hint}`, {
    facts: { option, suggestion: suggestion === undefined ? undefined : `${prefix}${suggestion}`, known },
  })
}

/** A name at the top that belongs into an object of options: `deep` into `verify`. */
const inGroup = (name: string, checks: Readonly<Record<string, OptionCheck>>): string | undefined => {
  const found = Object.entries(checks).find(([, { shape }]) => shape !== undefined && Object.hasOwn(shape, name))
  return found && `${found[0]}.${name}`
}

const describeName = (name: string): string => (/^[\w.$-]{1,60}$/.test(name) ? name : describeValue(name))
