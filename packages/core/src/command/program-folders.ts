import process from 'node:process'

/** What the path of an ordinary user often lacks is there: `/usr/sbin`. */
const ofSystem = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/**
 * Where commands are found: in the caller's path, then in the system's. A server is started in its data directory: by `.` or an empty
 * folder of the path, root would run what its owner has put there (H62).
 */
export const programFolders = (): string[] => [
  ...(process.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/')),
  ...ofSystem,
]
