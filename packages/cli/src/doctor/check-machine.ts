import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'
import { checkPlace, findStateDirectory } from '@pgfork/core/companion'
import { findProgram } from './find-program.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

/** What every fork needs, whatever its storage. */
export function checkMachine(stateDirectory: string | undefined): Finding[] {
  return [checkPlatform(), checkUser(), checkSetpriv(), checkBinaries(), checkState(stateDirectory)]
}

function checkPlatform(): Finding {
  const about = `${process.platform}, Node ${process.versions.node}`
  if (process.platform === 'linux') return ok('machine.platform', about)
  return warning('machine.platform', about, 'The tests run on Linux alone; elsewhere only copies work.')
}

function checkUser(): Finding {
  const uid = process.geteuid?.()
  if (uid === 0) return ok('machine.user', 'You are root: every driver can be used, for every source.')
  return ok('machine.user', `You are user ${uid}: sources of your own can be forked.`)
}

function checkSetpriv(): Finding {
  const path = findProgram('setpriv')
  if (path !== undefined) return ok('tools.setpriv', path)
  return problem('tools.setpriv', 'setpriv is not installed; servers are started by it.', 'Install util-linux.')
}

/** A source's own version is looked for by `source.binaries`. */
function checkBinaries(): Finding {
  const root = '/usr/lib/postgresql'
  const versions = namesIn(root).filter((name) => findProgram('postgres', [`${root}/${name}/bin`]) !== undefined)
  const onPath = findProgram('postgres')
  const found = [...versions.map((version) => `${root}/${version}/bin`), ...(onPath === undefined ? [] : [onPath])]
  if (found.length > 0) return ok('machine.binaries', `PostgreSQL: ${found.join(', ')}`)
  const message = 'No PostgreSQL server was found in the usual places.'
  return warning('machine.binaries', message, 'A running source tells where its binaries are; else pass binDirectory.')
}

function checkState(given: string | undefined): Finding {
  const path = findStateDirectory(given)
  try {
    checkPlace(dirname(path), 'Or choose another one by --state-directory or PGFORK_STATE_DIRECTORY.')
    return ok('machine.state', `Records are kept in ${path}.`)
  } catch (error) {
    return problem('machine.state', (error as Error).message, 'Records of forks must be nobody else’s to change.')
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
