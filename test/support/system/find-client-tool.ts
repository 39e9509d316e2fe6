import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { runner } from './runner.ts'

/** A program such as pgbench or psql, the newest one. Debian keeps one per server version; any of them talks to all servers. */
export async function findClientTool(name: string): Promise<string | undefined> {
  const versions = (await readdir('/usr/lib/postgresql').catch(() => [])).sort(
    (one, other) => Number(other) - Number(one),
  )
  const folders = [
    ...versions.map((version) => `/usr/lib/postgresql/${version}/bin`),
    ...(process.env.PATH ?? '').split(':'),
  ]
  for (const folder of folders)
    if ((await readdir(folder).catch((): string[] => [])).includes(name)) {
      const path = join(folder, name)
      // Debian's wrapper in /usr/bin is there without any version that it could run.
      const runs = await runner.run(path, ['--version']).then(
        () => true,
        () => false,
      )
      if (runs) return path
    }
  return undefined
}
