import { rm } from 'node:fs/promises'
import { makeWorkFolder } from '../system/make-work-folder.ts'

export interface TestFolder extends AsyncDisposable {
  readonly path: string
}

/** A fresh folder on the machine's own file system, for whoever can't mount or needn't. Disposing of it deletes it. */
export async function createFolder(): Promise<TestFolder> {
  const path = await makeWorkFolder('folder')
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
