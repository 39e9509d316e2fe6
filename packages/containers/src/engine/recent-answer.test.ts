import { mkdtemp, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { noteAnswer, recentAnswer } from './recent-answer.ts'

async function listen(path: string): Promise<void> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(path, resolve))
}

test('H89: an engine is believed to be the one that answered only as long as its socket is the same', async () => {
  const folder = await mkdtemp('/tmp/pgfork-test-engine-')
  onTestFinished(() => rm(folder, { recursive: true }))
  const socket = join(folder, 'docker.sock')
  const address = `unix://${socket}`
  await listen(socket)
  expect(recentAnswer(address)).toBeUndefined()
  noteAnswer(address, 'first')
  expect(recentAnswer(address)).toBe('first')
  await listen(`${socket}.other`)
  await rename(`${socket}.other`, socket)
  expect(recentAnswer(address)).toBeUndefined()
  noteAnswer(address, 'second')
  await rm(socket)
  expect(recentAnswer(address)).toBeUndefined()
})
