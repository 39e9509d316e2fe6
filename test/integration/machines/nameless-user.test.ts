import process from 'node:process'
import { expect, test } from 'vitest'
import { programPath } from '../../support/programs/program.ts'
import { runner } from '../../support/system/runner.ts'
import { serverUser } from '../../support/system/server-user.ts'

const ask = async (uid: number): Promise<unknown> => {
  const options = { user: { uid, gid: uid } }
  const { stdout } = await runner.run(process.execPath, [programPath('user-name-program')], options)
  return JSON.parse(stdout)
}

test.skipIf(serverUser === undefined)('a user who has no entry in /etc/passwd goes by his number', async () => {
  expect(await ask(54_321)).toEqual(['54321', null])
  expect(await ask(serverUser?.uid ?? 0)).toEqual(['postgres', 'postgres'])
})
