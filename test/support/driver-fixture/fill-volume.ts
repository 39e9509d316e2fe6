import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runner } from '../system/runner.ts'
import { postgres } from './verbs.ts'

/** Makes a data directory below a mount point, all of it the servers' user's, and returns its path. */
export async function fillVolume(mountPoint: string): Promise<string> {
  const data = join(mountPoint, 'main')
  await mkdir(join(data, 'base', '5'), { recursive: true })
  await writeFile(join(data, 'PG_VERSION'), '15\n')
  await writeFile(dataFile(mountPoint), 'committed')
  await runner.run('chmod', ['-R', 'u=rwX,go=', data])
  await runner.run('chown', ['-R', `${postgres.uid}:${postgres.gid}`, data])
  return data
}

export const dataFile = (root: string): string => join(root, 'main', 'base', '5', '1259')
