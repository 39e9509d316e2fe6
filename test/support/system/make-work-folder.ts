import { chmod, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** All temporary folders of the test support begin like this, followed by the purpose and the maker's pid. */
export const workFolderPrefix = 'pgfork-test-'

/** A fresh folder under the temporary directory that others may pass through, as the server's user has to. */
export async function makeWorkFolder(purpose: string): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), `${workFolderPrefix}${purpose}-${process.pid}-`))
  await chmod(folder, 0o711)
  return folder
}
