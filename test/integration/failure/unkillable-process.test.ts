import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRunner } from '@pgfork/core'
import { describe, expect, test } from 'vitest'
import { endProcess } from '../../../packages/core/src/postgres/server/end-process.ts'
import { identifyProcess } from '../../../packages/core/src/process/process-identity.ts'
import { createExt4, whyNoLoopMounts } from '../../support/storage/index.ts'
import { readProcess } from '../../support/system/processes.ts'
import { runAtEnd } from '../../support/system/run-at-end.ts'
import { waitUntil } from '../../support/wait-until.ts'

const obstacle = await whyNoLoopMounts('ext4')
const runner = createRunner()

describe.skipIf(obstacle !== undefined)(
  `a process that waits for its storage${obstacle ? `, skipped: ${obstacle}` : ''}`,
  () => {
    test('H70: one that SIGKILL does not end is not taken for ended', async () => {
      await using storage = await createExt4({ sizeMb: 64 })
      await using thaw = await runAtEnd('fsfreeze', ['--unfreeze', storage.path])
      await runner.run('fsfreeze', ['--freeze', storage.path])
      const stuck = spawn('touch', [join(storage.path, 'file')], { stdio: 'ignore' })
      await once(stuck, 'spawn')
      const pid = stuck.pid as number
      const waits = async () => /\) D /.test(await readFile(`/proc/${pid}/stat`, 'utf8'))
      await waitUntil(waits, { timeoutMs: 60_000, what: `${pid} waiting for its storage` })
      const identity = await identifyProcess(pid, runner)
      if (identity === undefined) throw new Error(`${pid} has ended`)
      await expect(endProcess(identity, 'SIGQUIT', 100, runner, 100)).rejects.toMatchObject({
        code: 'BUSY',
        facts: { pid },
      })
      expect(await readProcess(pid)).toBeDefined()
      const ended = once(stuck, 'exit')
      await thaw[Symbol.asyncDispose]()
      await ended
      await endProcess(identity, 'SIGQUIT', 100, runner)
    })
  },
)
