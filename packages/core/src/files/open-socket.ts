import { closeSync, fstatSync, openSync } from 'node:fs'
import type { UserIdentity } from '../command/command-runner.ts'
import { flags, systemError } from './descriptor.ts'

/** The descriptor of a Unix socket of this user's, by which it can be connected to; throws `EACCES` for anything else, a link too. Linux. */
export function openSocket(path: string, { uid }: UserIdentity): number {
  const file = openSync(path, flags.anything)
  const found = fstatSync(file)
  if (found.isSocket() && found.uid === uid) return file
  closeSync(file)
  throw systemError('EACCES', `${path} is no socket of uid ${uid}`, 'connect')
}
