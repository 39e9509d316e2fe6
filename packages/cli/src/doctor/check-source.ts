import { statSync } from 'node:fs'
import process from 'node:process'
import { isPgforkError } from '@pgfork/core'
import { findSource } from '@pgfork/core/companion'
import type { Context } from '../context/context.ts'
import { checkFork } from './check-fork.ts'
import { checkStorage } from './check-storage.ts'
import { findProgram } from './find-program.ts'
import { type Finding, failed, ok, problem, warning } from './finding.ts'
import { rehearse } from './rehearse.ts'

type Source = Parameters<typeof findSource>[0]

/** What would become of a fork of this source, as far as it can be told without making one. */
export async function checkSource(source: Source, context: Context): Promise<Finding[]> {
  const { signal } = context.interruption
  let dataDirectory: string
  let major: number
  try {
    ;({ dataDirectory, major } = await findSource(source, { signal }))
  } catch (error) {
    return [failed('source.found', error, 'Give the data directory of a server on this machine, or its URL.')]
  }
  const owner = checkOwner(dataDirectory)
  const found = [
    ok('source.found', `PostgreSQL ${major} in ${dataDirectory}.`),
    owner,
    ...(isInContainer(source) ? [] : [checkBinaries(major)]),
  ]
  if (owner.status === 'problem') return found
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

function checkOwner(dataDirectory: string): Finding {
  const { uid } = statSync(dataDirectory)
  const self = process.geteuid?.()
  if (self === 0 || self === uid) return ok('source.owner', `You may fork it: it belongs to user ${uid}.`)
  return problem(
    'source.owner',
    `It belongs to user ${uid}, and you are ${self}.`,
    `Run as root or as that user (sudo -u '#${uid}' pgfork ..).`,
  )
}

function checkBinaries(major: number): Finding {
  const folders = [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`, '/usr/local/pgsql/bin']
  const path = findProgram('postgres', folders)
  if (path !== undefined) return ok('source.binaries', path)
  const message = `PostgreSQL ${major} is not in ${folders.join(', ')}. A running source tells where it is.`
  return warning('source.binaries', message, `Install postgresql-${major}, or set source.binDirectory.`)
}
