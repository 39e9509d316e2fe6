import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { runner } from '../system/runner.ts'
import { narrowRights } from './narrow-rights.ts'

const script = fileURLToPath(new URL('./cluster.sh', import.meta.url))

/** A cluster of its own, with a pool `rbd` that has a namespace `forks`. Disposing of it ends and deletes it. */
export interface Ceph extends AsyncDisposable {
  /** Ceph's configuration, which also names the keyring. */
  readonly conf: string
  readonly folder: string
  /** Runs one of Ceph's commands as its administrator, and returns what it printed. */
  admin(file: string, ...words: string[]): Promise<string>
  /** Makes a client with the rights that the documentation has, for these images or for all. @returns its name */
  user(name: string, ...images: string[]): Promise<string>
  /** A client with whatever rights. @returns its name */
  userWith(name: string, mon: string, osd: string): Promise<string>
}

/** @param prefix words before its commands, for a host of its own, which has `address` */
export async function startCeph(prefix: readonly string[] = [], address = freeAddress()): Promise<Ceph> {
  const folder = await makeWorkFolder('ceph')
  const conf = join(folder, 'ceph.conf')
  const run = async (verb: string, ...words: string[]): Promise<void> =>
    void (await runner.run('bash', [script, verb, folder, ...words], { prefix, timeoutMs: 180_000 }))
  const stop = async (): Promise<void> => {
    await run('down')
    await rm(folder, { recursive: true, force: true })
  }
  const admin = async (file: string, ...words: string[]): Promise<string> =>
    (await runner.run(file, [...words, '--conf', conf], { prefix })).stdout
  const userWith = async (name: string, mon: string, osd: string): Promise<string> => {
    const keyring = await admin('ceph', 'auth', 'get-or-create', `client.${name}`, 'mon', mon, 'osd', osd)
    await writeFile(join(folder, `client.${name}.keyring`), `${keyring}\n`, { mode: 0o600 })
    return name
  }
  try {
    await run('up', address)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ...{ conf, folder, admin, userWith },
    async user(name, ...images) {
      const named = await Promise.all(
        images.map(async (image) => {
          const { id } = JSON.parse(await admin('rbd', 'info', `rbd/${image}`, '--format', 'json')) as { id: string }
          return { image, id }
        }),
      )
      return userWith(name, 'allow r', narrowRights(named))
    },
    [Symbol.asyncDispose]: stop,
  }
}

/** Of this machine's own, so that several clusters have the same ports. */
function freeAddress(): string {
  const number = process.pid % 60_000
  return `127.${1 + Math.floor(number / 250)}.${1 + (number % 250)}.1`
}
