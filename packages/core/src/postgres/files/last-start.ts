import type { Directory } from '../../files/directory.ts'

const mostBytes = 64 * 1024

/** The command line of the last start, as the server noted it in `postmaster.opts`; empty when there is none that is its own. */
export function readLastStart(dataDirectory: Directory): string {
  try {
    return dataDirectory.readText('postmaster.opts', mostBytes) ?? ''
  } catch {
    return ''
  }
}
