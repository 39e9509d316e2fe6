import { findOutsideFolder, ownSocketDirectory, planOutsideFolder } from '../../postgres/files/socket-directory.ts'

export interface SocketPlace {
  readonly socketDirectory: string
  readonly outsideDirectory: string
}

/**
 * Where a fork's socket is, as its file or its server say, which its user can change: nobody is to be led to another server's
 * socket, nor is anything to be removed but a folder of that very user that has a name of ours.
 *
 * @returns a sentence that says what is wrong and what to do, or the place
 */
export function checkSocketDirectory(dataDirectory: string, given: string, uid: number): SocketPlace | string {
  if (given === ownSocketDirectory(dataDirectory))
    return { socketDirectory: given, outsideDirectory: planOutsideFolder() }
  const found = findOutsideFolder(given, uid)
  if (found === 'own') return { socketDirectory: given, outsideDirectory: given }
  return found === 'gone'
    ? `The folder of its socket is gone. Make it again: install -d -m 0700 -o ${uid} ${given}`
    : `Its socket is said to be in ${given}, which is no private folder that pgfork made. Was TMPDIR another one?`
}
