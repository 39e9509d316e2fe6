import { dataDirectoryOf } from '../elsewhere/copy-folder.ts'
import { Directory } from '../files/directory.ts'
import { removeTree } from '../files/remove-tree.ts'
import { replaceFile } from '../files/replace-file.ts'
import { formatConfiguration } from '../postgres/files/configuration-file.ts'
import { accessFile, configurationFile } from '../postgres/files/paths.ts'
import { ownFolder } from '../postgres/files/remove-identity.ts'
import { chooseSocketDirectory, makeOwnFolder } from '../postgres/files/socket-directory.ts'
import { openAccess } from '../postgres/sanitize/access-rules.ts'
import type { SeededStandby } from '../records/standby-record.ts'
import { following, standbySettings } from './standby-settings.ts'

/** By TCP whoever has a password in the primary; replication is given to nobody. */
const tcpAccess = { rules: ['host all all 127.0.0.1/32 md5', 'host all all ::1/128 md5'] }

/**
 * Makes a base backup a standby of ours: nothing of the primary's own configuration counts, neither what lies in its data directory nor what
 * `ALTER SYSTEM` has left (H11), which could archive, or let others in.
 */
export function writeStandbyFiles(standby: SeededStandby): void {
  const { owner, major, current, outsideDirectory } = standby
  using directory = Directory.open(dataDirectoryOf(current))
  const socketDirectory = chooseSocketDirectory(directory.path, outsideDirectory)
  replaceFile(directory, configurationFile, formatConfiguration(standbySettings(standby, socketDirectory)), owner)
  replaceFile(directory, 'postgresql.auto.conf', '', owner)
  replaceFile(directory, accessFile, openAccess(tcpAccess), owner)
  replaceFile(directory, 'pg_ident.conf', '', owner)
  for (const name of ['recovery.signal', 'recovery.done', 'promote', 'current_logfiles']) removeTree(directory, name)
  if (major >= 12) replaceFile(directory, 'standby.signal', '', owner)
  else {
    const recovery = { standby_mode: 'on', recovery_target_timeline: 'latest', ...following(standby) }
    replaceFile(directory, 'recovery.conf', formatConfiguration(recovery), owner)
  }
}

/** Of a new base backup: a folder of that name is one of the primary's, which may be a fork itself. */
export function makeOwnPlace({ owner, current, outsideDirectory }: SeededStandby): void {
  using directory = Directory.open(dataDirectoryOf(current))
  removeTree(directory, ownFolder)
  makeOwnFolder(directory, owner, outsideDirectory)
}
