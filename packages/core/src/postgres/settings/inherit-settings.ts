import { findRule } from './inheritance-policy.ts'

/** A setting of the source that its forks don't have, and the row of docs/hazards.md that says why. Its value may be a secret. */
export interface ReplacedSetting {
  readonly name: string
  readonly hazard: string
}

export interface InheritedSettings {
  readonly inherited: Readonly<Record<string, string>>
  readonly replaced: readonly ReplacedSetting[]
}

/** Divides the settings of a source into those that its forks keep and those that the policy replaces or drops. */
export function inheritSettings(settings: Readonly<Record<string, string>>): InheritedSettings {
  const inherited: Record<string, string> = {}
  const replaced: ReplacedSetting[] = []
  for (const [name, value] of Object.entries(settings)) {
    const rule = findRule(name)
    if (rule === undefined) inherited[name] = value
    else if (value !== rule.value) replaced.push({ name, hazard: rule.hazard })
  }
  return { inherited, replaced }
}

/**
 * PostgreSQL starts only if `min_wal_size` and `max_wal_size` are two segments or more. Their defaults, 80 MB and 1 GB, which the
 * policy leaves a fork, are less for the large segments of `initdb --wal-segsize`.
 */
export function walSizes(segmentBytes: number): Record<string, string> {
  const least = (2 * segmentBytes) / 1024 ** 2
  return {
    ...(least > 80 ? { min_wal_size: `${least}MB` } : {}),
    ...(least > 1024 ? { max_wal_size: `${2 * least}MB` } : {}),
  }
}
