import { invalidOption } from '../../errors/invalid-option.ts'
import { isObject, type OptionCheck } from '../../options/checks.ts'

/** That an option is a driver, or a list of some. A common slip is the function that makes one. */
export const driverCheck: OptionCheck = (value, option) => {
  for (const driver of [value].flat())
    if (!isDriver(driver))
      throw invalidOption(option, `a storage driver such as btrfs(), or an array of some${calledHint(driver)}`, driver)
}

/** The same where there may be several only. */
export const driversCheck: OptionCheck = (value, option, of) => {
  if (!Array.isArray(value)) throw invalidOption(option, 'an array of storage drivers', value)
  driverCheck(value, option, of)
}

const isDriver = (value: unknown): boolean =>
  isObject(value) && typeof value.name === 'string' && typeof value.locate === 'function'

const calledHint = (value: unknown): string =>
  typeof value === 'function' ? ` (call it: ${value.name || 'driver'}())` : ''
