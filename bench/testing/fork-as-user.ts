import { chmod, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { runner } from '../../test/support/system/runner.ts'
import { giveToServerUser, serverUser } from '../../test/support/system/server-user.ts'
import { buildProgram } from '../programs/build-program.ts'
import { type Place, users } from './place.ts'
import type { UserForks, UserForksRequest } from './programs/fork-as-user.ts'

const source = fileURLToPath(new URL('./programs/fork-as-user.ts', import.meta.url))

/** Servers of a template as `createTemplate` makes it of nothing, by a user who may not mount: without snapshots, files are copied. */
export async function forkAsUser({ path, server }: Place, runs: number): Promise<UserForks> {
  await using program = await buildProgram(source)
  await chmod(dirname(program.path), 0o755)
  const own = join(path, 'user')
  const [directory, stateDirectory] = [join(own, 'templates'), join(own, 'state')] as const
  for (const folder of [own, directory, stateDirectory]) {
    await mkdir(folder, { mode: 0o700 })
    await giveToServerUser(folder)
  }
  const { binDirectory } = server
  const request: UserForksRequest = { directory, stateDirectory, binDirectory, content: users, runs }
  const { stdout } = await runner.run(process.execPath, [program.path, JSON.stringify(request)], {
    ...(serverUser === undefined ? {} : { user: serverUser }),
    timeoutMs: 120_000,
  })
  return JSON.parse(stdout) as UserForks
}
