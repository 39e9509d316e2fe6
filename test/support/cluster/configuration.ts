import { writeFile } from 'node:fs/promises'
import { giveToServerUser } from '../system/server-user.ts'
import type { Settings } from './cluster.ts'

/** Settings as lines of a configuration file. */
export function formatSettings(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''").replaceAll('\\', '\\\\')}'\n`)
    .join('')
}

/** The lines of a configuration file without those that set one of `names`. */
export function withoutSettings(text: string, names: readonly string[]): string {
  const isKept = (line: string) => !names.includes(/^\s*([\w.]+)/.exec(line)?.[1]?.toLowerCase() ?? '')
  return text.split('\n').filter(isKept).join('\n')
}

/** Writes a file that belongs to the servers' user and is nobody else's to read. */
export async function writeServerFile(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
  await giveToServerUser(path)
}
