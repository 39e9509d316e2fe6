import { chmod, rm } from 'node:fs/promises'
import { makeWorkFolder } from '../system/make-work-folder.ts'

/** A state directory, also beside the bench's for a test in which one is lost and another one takes over. */
export async function makeStateDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await makeWorkFolder('state')
  await chmod(path, 0o700)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
