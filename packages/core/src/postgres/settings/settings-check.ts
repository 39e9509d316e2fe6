import { invalidSecret } from '../../errors/invalid-option.ts'
import { isNumber, isText, type OptionCheck } from '../../options/checks.ts'

/** Some hold passwords. Names and what may be set are `checkGivenSettings`' matter. */
export const settingsCheck: OptionCheck = (value, option) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Map)
    throw invalidSecret(option, 'an object of PostgreSQL settings')
  for (const [setting, each] of Object.entries(value))
    if (!isText(each) && !isNumber(each) && typeof each !== 'boolean')
      throw invalidSecret(`${option}.${setting}`, 'a string, number or boolean')
}
