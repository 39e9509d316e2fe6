import { Directory } from '../../files/directory.ts'
import { removeTree } from '../../files/remove-tree.ts'

/** Folder of pgfork's own files in a fork's data directory: log and socket. */
export const ownFolder = 'pgfork'

const files = [
  'postmaster.pid', // H10
  'postmaster.opts', // H10
  'recovery.signal', // H40: the fork's own recovery replaces the source's
  'standby.signal', // H22
  'recovery.conf', // H22, 11 and earlier
  'recovery.done',
  'promote', // H16: a trigger that came along would end the fork's recovery early
  'current_logfiles', // H5
  'patroni.dynamic.json', // H30: what a high-availability agent takes a data directory for its own by
  'tablespace_map', // H1: recovery with a backup label would make its links
]

/** Of a server whose `unix_socket_directories` has the data directory, and its lock. */
const isSocket = (name: string): boolean => /^\.s\.PGSQL\.\d+(\.lock)?$/.test(name)

/** Removes from a fork's tree what makes it the source: lock files, signals, replication slots, sockets. */
export function removeIdentity(dataDirectory: Directory): void {
  // Most of them aren't there: one look at the directory is cheaper than one for each.
  for (const name of dataDirectory.names())
    if (files.includes(name) || isSocket(name) || name === ownFolder) removeTree(dataDirectory, name)
  using slots = dataDirectory.openDirectory('pg_replslot') // H23
  for (const name of slots.names()) removeTree(slots, name)
}

/** Removes pgfork's own files from the data directory of a fork that was stopped: for one that is about to be captured. */
export function removeOwnFolder(path: string): void {
  using dataDirectory = Directory.open(path)
  removeTree(dataDirectory, ownFolder)
}
