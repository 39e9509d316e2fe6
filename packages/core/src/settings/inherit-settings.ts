import { findRule } from './inheritance-policy.ts'

/** The settings of a source that its forks keep; the rest is replaced or dropped by the policy. */
export function inheritSettings(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => findRule(name) === undefined))
}
