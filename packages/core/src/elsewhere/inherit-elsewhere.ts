import { inheritSettings } from '../postgres/settings/inherit-settings.ts'

/** Libraries of that server's may not be installed here, nor mean their settings anything then; what is needed of them, the caller names. */
const ofLibraries = ['shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries']

/** A server can call its settings what it likes, also with lines of their own in a name. Those of libraries have a dot. */
const plainName = /^[a-z_][a-z0-9_$]*$/

/** What a copy of a server elsewhere has of its settings: what a fork would inherit, but for libraries. */
export function inheritElsewhere(settings: Readonly<Record<string, string>>): Record<string, string> {
  const { inherited } = inheritSettings(settings)
  return Object.fromEntries(
    Object.entries(inherited).filter(([name]) => !ofLibraries.includes(name) && plainName.test(name)),
  )
}
