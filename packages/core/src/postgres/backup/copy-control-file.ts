import { writeFileSync } from 'node:fs'
import type { Directory } from '../../files/directory.ts'
import { waitUntil } from '../../process/wait-until.ts'

/** PG_CONTROL_FILE_SIZE is 8192. */
const mostBytes = 64 * 1024

/**
 * Copies `pg_control` after all other files, as pg_basebackup does: a standby's says up to where its files may have been
 * changed (manual, "Making a Base Backup"). The server may be writing it: it is taken when two looks agree.
 */
export async function copyControlFile(dataDirectory: Directory, target: string): Promise<void> {
  using global = dataDirectory.openDirectory('global')
  const read = (): Buffer => global.read('pg_control', mostBytes)
  let last = read()
  const content = await waitUntil(
    async () => {
      const next = read()
      const isSame = next.equals(last)
      last = next
      return isSame && next
    },
    { what: 'A quiet moment of pg_control', timeoutMs: 10_000 },
  )
  writeFileSync(target, content, { flag: 'wx', mode: 0o600 })
}
