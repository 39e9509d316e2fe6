import { activeLibraries, harmlessLibraries } from './known-libraries.ts'

/**
 * What becomes of preloaded libraries that act on the world outside of the server, or on its data by themselves (H25): a job
 * must not run twice because there is a fork.
 *
 * - `strict` (default): those known to do that are silenced by a setting of their own, or left out where they have none.
 *   Libraries that aren't known are left out of `shared_preload_libraries`, too (H67).
 * - `neutralize`: the same, but libraries that aren't known run in the fork, with a warning.
 * - `keep`: everything runs as in the source.
 * - `{ keep: ['mine'] }`: as `strict`, except for these, which run as in the source.
 */
export type BackgroundWorkers = 'strict' | 'neutralize' | 'keep' | { readonly keep: readonly string[] }

export interface NeutralizedSettings {
  readonly settings: Readonly<Record<string, string>>
  /** Names of the libraries that the fork doesn't load and its source does. */
  readonly leftOut: readonly string[]
  /** What was changed and why, a sentence each. */
  readonly changes: readonly string[]
  /** What the caller should look at. */
  readonly warnings: readonly string[]
}

/** Those of a session can't begin background workers as a server starts; what isn't known may stay. */
const lists = ['shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries'] as const

/** Applies the policy to inherited settings. */
export function neutralizeWorkers(
  inherited: Readonly<Record<string, string>>,
  policy: BackgroundWorkers,
): NeutralizedSettings {
  if (policy === 'keep') return { settings: inherited, leftOut: [], changes: [], warnings: [] }
  const settings: Record<string, string> = { ...inherited }
  const leftOut = new Set<string>()
  const changes: string[] = []
  const warnings: string[] = []
  for (const list of lists) {
    if (inherited[list] === undefined) continue
    const kept: string[] = []
    for (const library of parseLibraries(inherited[list])) {
      const name = nameOf(library)
      const fate = decide(name, policy, list === 'shared_preload_libraries')
      if (fate.isLeftOut) leftOut.add(name)
      else kept.push(library)
      Object.assign(settings, fate.settings)
      if (fate.change !== undefined) changes.push(fate.change(list))
      if (fate.warning !== undefined) warnings.push(fate.warning)
    }
    settings[list] = kept.join(', ')
  }
  return { settings, leftOut: [...leftOut], changes, warnings }
}

interface Fate {
  readonly isLeftOut?: boolean
  readonly settings?: Readonly<Record<string, string>>
  readonly change?: (list: string) => string
  readonly warning?: string
}

function decide(name: string, policy: Exclude<BackgroundWorkers, 'keep'>, isShared: boolean): Fate {
  if (typeof policy === 'object' && policy.keep.includes(name))
    return { warning: `${name} is preloaded in the fork as in its source, as you asked for (H25).` }
  const known = activeLibraries[name]
  if (known?.settings !== undefined) {
    const { does, settings } = known
    return {
      settings,
      change: () => `${name}, which ${does}, was silenced by ${Object.keys(settings).join(' and ')} (H25).`,
    }
  }
  if (known !== undefined)
    return {
      isLeftOut: true,
      change: (list) => `${name}, which ${known.does}, was left out of ${list} (H25). ${keepIt(name)}`,
    }
  if (harmlessLibraries.has(name) || !isShared) return {}
  if (policy === 'neutralize')
    return {
      warning: `${name} is preloaded in the fork as in its source; it is not known whether it acts by itself (H25).`,
    }
  return {
    isLeftOut: true,
    change: (list) => `${name} was left out of ${list}: it is not known what it does (H67). ${keepIt(name)}`,
  }
}

const keepIt = (name: string): string => `To keep it: backgroundWorkers: { keep: ['${name}'] }.`

/** As they are written, quotes included. */
const parseLibraries = (value: string): string[] =>
  value
    .split(',')
    .map((library) => library.trim())
    .filter((library) => library !== '')

/** Without quotes, folder and ending: `"$libdir/name.so"`. */
const nameOf = (library: string): string =>
  library
    .replace(/^"(.*)"$/, '$1')
    .replace(/^.*\//, '')
    .replace(/\.so$/, '')
