import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'
import { PgforkError } from '@pgfork/core'
import { checkPlace, isWritableByOthers } from '@pgfork/core/companion'

const advice = 'Or leave it out (--no-config).'

/**
 * A configuration file names commands and is code that runs: nobody but root and we may be able to write it, or to put another one
 * in its place (H62). It may have been found in a folder that isn't ours, such as /tmp.
 *
 * @throws PgforkError `PERMISSION_DENIED`
 */
export function checkTrust(file: string): void {
  checkPlace(dirname(file), advice)
  const found = lookAt(file)
  const { uid } = found
  if (uid !== 0 && uid !== process.geteuid?.())
    throw refused(
      file,
      `belongs to another user (uid ${uid})`,
      'Run as that user, or make it your own after reading it.',
    )
  if (isWritableByOthers(found)) throw refused(file, 'can be written by other users', `Close it (chmod go-w ${file}).`)
}

function lookAt(file: string) {
  const found = lstatSync(file)
  if (found.isFile()) return found
  throw refused(file, 'is no regular file', 'Put the file itself there.')
}

const refused = (file: string, reason: string, remedy: string): PgforkError =>
  new PgforkError(
    'PERMISSION_DENIED',
    `The configuration ${file} ${reason}, so that it could make you run what others want. ${remedy} ${advice}`,
    { hazard: 'H62', facts: { path: file, reason } },
  )
