import { invalidOption } from '../../errors/invalid-option.ts'
import { isNumber, isText, type OptionCheck } from '../../options/checks.ts'

/** Names and what may be set are `checkGivenSettings`' matter. */
export const settingsCheck: OptionCheck = (value, option) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Map)
    throw invalidOption(option, 'an object of PostgreSQL settings', value)
  for (const [setting, each] of Object.entries(value))
    if (!isText(each) && !isNumber(each) && typeof each !== 'boolean')
      throw invalidOption(`${option}.${setting}`, 'a string, number or boolean', each)
}
