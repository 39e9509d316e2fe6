import { statSync } from 'node:fs'
import { isPgforkError, type PgforkError } from '@pgfork/core'
import { findSource } from '@pgfork/core/companion'
import type { Context } from '../context/context.ts'
import { checkFork } from './check-fork.ts'
import { checkRemote } from './check-remote.ts'
import { checkStorage } from './check-storage.ts'
import { findProgram } from './find-program.ts'
import { type Finding, failed, ok, warning } from './finding.ts'
import { rehearse } from './rehearse.ts'

type Source = Parameters<typeof findSource>[0]

/** What would become of a fork of this source, as far as it can be told without making one. */
export async function checkSource(source: Source, context: Context): Promise<Finding[]> {
  if (typeof source === 'object' && 'volume' in source && source.volume !== undefined)
    return checkRemote(source.volume, context)
  const { signal } = context.interruption
  let dataDirectory: string
  let major: number
  try {
    ;({ dataDirectory, major } = await findSource(source, { signal }))
  } catch (error) {
    if (isPgforkError(error, 'SOURCE_WRONG_OWNER')) return [wrongOwner(error)]
    return [failed('source.found', error, 'Give the data directory of a server on this machine, or its URL.')]
  }
  const found = [
    ok('source.found', `PostgreSQL ${major} in ${dataDirectory}.`),
    ok('source.owner', `You may fork it: it belongs to user ${statSync(dataDirectory).uid}.`),
    ...(isInContainer(source) ? [] : [checkBinaries(major)]),
  ]
  try {
    const assessment = await rehearse(source, context)
    return [...found, ...(await checkStorage(assessment, context)), ...checkFork(assessment)]
  } catch (error) {
    return [...found, ...describeFailure(error)]
  }
}

/** A storage that doesn't fit is told by name; all else keeps a fork from being made. */
function describeFailure(error: unknown): Finding[] {
  const isOfStorage =
    isPgforkError(error) && ['DRIVER_NOT_FOUND', 'DRIVER_NOT_APPLICABLE', 'DRIVER_UNSUPPORTED'].includes(error.code)
  if (isOfStorage) return [failed('source.driver', error, 'See docs/drivers.md for what each storage needs.')]
  return [failed('source.forkable', error)]
}

/** Its forks take theirs from its image. */
const isInContainer = (source: Source): boolean =>
  typeof source === 'object' && 'kind' in source && source.kind === 'elsewhere'

/** Root's own data directory is nobody's to run a server of. */
function wrongOwner(error: PgforkError): Finding {
  const { owner } = error.facts
  if (owner === 0) return failed('source.owner', error)
  return failed('source.owner', error, `Run as root or as that user (sudo -u '#${owner}' pgfork ..).`)
}

function checkBinaries(major: number): Finding {
  const folders = [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`, '/usr/local/pgsql/bin']
  const path = findProgram('postgres', folders)
  if (path !== undefined) return ok('source.binaries', path)
  const message = `PostgreSQL ${major} is not in ${folders.join(', ')}. A running source tells where it is.`
  return warning('source.binaries', message, `Install postgresql-${major}, or set source.binDirectory.`)
}
