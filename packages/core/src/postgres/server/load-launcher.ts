import { messageOf } from '../../errors/message-of.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { LauncherFactory } from './server-launcher.ts'

/** The package of each kind of place, whose `launcher` it exports. */
const packages: Readonly<Record<string, string>> = { container: 'containers' }

const provided = new Map<string, LauncherFactory>()

/** By the package itself, when it is used: where packages see only what they name, it can't be found from here. */
export const provideLauncher = (kind: string, launcher: LauncherFactory): void => void provided.set(kind, launcher)

/**
 * The launcher of a kind of place, from the package that is installed for it.
 *
 * @throws PgforkError `LAUNCHER_NOT_FOUND`
 */
export async function loadLauncher(kind: string): Promise<LauncherFactory> {
  const known = provided.get(kind)
  if (known !== undefined) return known
  const name = packages[kind]
  if (name === undefined) throw notFound(kind, 'This version of pgfork knows no such place: use a later one')
  try {
    const { launcher } = (await import(`@pgfork/${name}`)) as { launcher?: LauncherFactory }
    if (launcher !== undefined) return launcher
  } catch (error) {
    throw notFound(kind, `Install @pgfork/${name}, which can't be loaded (${messageOf(error)})`, error)
  }
  throw notFound(kind, `The installed @pgfork/${name} has none: use that of the same version as @pgfork/core`)
}

const notFound = (kind: string, remedy: string, cause?: unknown): PgforkError =>
  new PgforkError(
    'LAUNCHER_NOT_FOUND',
    `Nothing is there to start or stop a server whose place is a ${kind}. ${remedy}.`,
    {
      facts: { kind },
      cause,
    },
  )
