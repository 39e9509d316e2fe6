import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, test } from 'vitest'
import { readProcess } from '../system/processes.ts'
import { waitUntil } from '../wait-until.ts'
import { stopProcess } from './stop-process.ts'

const sleeper = spawn('sleep', ['600'])
const pid = sleeper.pid as number
const becomes = (isStopped: boolean) =>
  waitUntil(async () => (await readProcess(pid))?.isStopped === isStopped, { timeoutMs: 60_000, what: `${isStopped}` })

await once(sleeper, 'spawn')
afterAll(() => void sleeper.kill('SIGKILL'))

test('a stopped process goes on in the end', async () => {
  {
    await using _ = await stopProcess(pid)
    await becomes(true)
  }
  await becomes(false)
})

test('it goes on when the test is killed', async () => {
  const file = JSON.stringify(`${import.meta.dirname}/stop-process.ts`)
  const program = `const { stopProcess } = await import(${file}); await stopProcess(${pid}); setInterval(() => {}, 1000)`
  const killed = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { stdio: 'ignore' })
  await becomes(true)
  killed.kill('SIGKILL')
  await becomes(false)
})
