import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitUntil } from '../../process/wait-until.ts'

/**
 * Copies `pg_control` after all other files, as pg_basebackup does: a standby's says up to where its files may have been
 * changed (manual, "Making a Base Backup"). The server may be writing it: it is taken when two looks agree.
 */
export async function copyControlFile(dataDirectory: string, target: string): Promise<void> {
  const source = join(dataDirectory, 'global', 'pg_control')
  let last = await readFile(source)
  const content = await waitUntil(
    async () => {
      const next = await readFile(source)
      const isSame = next.equals(last)
      last = next
      return isSame && next
    },
    { what: 'A quiet moment of pg_control', timeoutMs: 10_000 },
  )
  await writeFile(target, content, { mode: 0o600 })
}
