import type { OptionShape } from './checks.ts'

/** Of what somebody was given, what another one takes. */
export const pickOptions = <Options extends object>(given: Options, shape: OptionShape<Options>): Options =>
  Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(shape, name))) as Options
