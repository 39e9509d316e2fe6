import { text } from 'node:stream/consumers'
import { createRunner, isPgforkError, type SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { lvm } from '@pgfork/driver-lvm'
import { zfs } from '@pgfork/driver-zfs'
import type { VerbOutcome, VerbProcessRequest } from './run-verbs.ts'

const drivers: Record<VerbProcessRequest['driver'], (options: object) => SnapshotDriver> = { btrfs, copy, lvm, zfs }

// Run as a program of its own: reads a request from standard input and writes what became of each call to standard output.
const request: VerbProcessRequest = JSON.parse(await text(process.stdin))
const driver = drivers[request.driver](request.options ?? {})

// Only now, so that the user need not be able to read the checkout.
const { user } = request
if (user !== undefined) {
  process.setgroups?.([])
  process.setgid?.(user.gid)
  process.setuid?.(user.uid)
}

const warnings: string[] = []
const context = { runner: createRunner(), warn: (message: string) => void warnings.push(message), progress: () => {} }
const outcomes: VerbOutcome[] = []
for (const { verb, argument } of request.calls) {
  try {
    const run = driver[verb] as (argument: unknown, context: object) => Promise<unknown>
    outcomes.push({ verb, result: await run(argument, context) })
  } catch (error) {
    const code = isPgforkError(error) ? error.code : 'UNTYPED'
    outcomes.push({ verb, error: { code, message: error instanceof Error ? error.message : String(error) } })
  }
}
process.stdout.write(JSON.stringify({ outcomes, warnings }))
