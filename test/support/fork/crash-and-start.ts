import process from 'node:process'
import type { Fork } from '@pgfork/core'
import { findSharedMemory, removeSharedMemory } from '../cluster/shared-memory.ts'
import { isBelow } from '../system/is-below.ts'
import { listProcesses } from '../system/processes.ts'
import { waitUntil } from '../wait-until.ts'

/** Ends a fork's server as the loss of power would, no process of it gets to do anything more, and starts it again. */
export async function crashAndStart(fork: Fork): Promise<void> {
  const { dataDirectory, pid } = fork
  const memory = await findSharedMemory(dataDirectory, pid as number)
  await killServer(fork)
  await fork.start()
  // The new server takes System V's back only if it comes to the same key, which other servers of the machine decide (H19).
  await removeSharedMemory({ ...memory, files: [] })
}

/** All processes of a fork at once, so that none tidies up behind another. */
export async function killServer({ dataDirectory, pid }: Fork): Promise<void> {
  if (pid === undefined) throw new Error(`The fork in ${dataDirectory} doesn't run.`)
  const running = async () =>
    (await listProcesses()).filter(
      ({ workingDirectory }) => workingDirectory !== undefined && isBelow(workingDirectory, dataDirectory),
    )
  // A stopped postmaster starts no more processes, and as long as it lives no other one of them ends by itself.
  process.kill(pid, 'SIGSTOP')
  for (const doomed of await running()) if (doomed.pid !== pid) process.kill(doomed.pid, 'SIGKILL')
  process.kill(pid, 'SIGKILL')
  await waitUntil(async () => (await running()).length === 0, {
    timeoutMs: 60_000,
    what: `end of all processes of ${dataDirectory}`,
  })
}
