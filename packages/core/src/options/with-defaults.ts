export type WithDefaults<Given, Defaults> = Omit<Given, keyof Defaults> &
  Required<Pick<Given, keyof Given & keyof Defaults>>

/** What is given, and defaults for what is left out or undefined. */
export function withDefaults<Given extends object, Defaults extends Partial<Given>>(
  given: Given,
  defaults: Defaults,
): WithDefaults<Given, Defaults> {
  const defined = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(defined) } as unknown as WithDefaults<Given, Defaults>
}
