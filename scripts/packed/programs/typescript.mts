// What a user writes in TypeScript. It is compiled against the packed packages' own types, and then run.
import { createFork, type ForkSummary, isPgforkError, listForks } from '@pgfork/core'
import type { SnapshotDriver } from '@pgfork/core/driver'
import { btrfs } from '@pgfork/driver-btrfs'
import { defineConfig } from 'pgfork'

const [, , stateDirectory = ''] = process.argv
const driver: SnapshotDriver = btrfs()
export default defineConfig({ source: '/srv/pg/main' })

const forks: readonly ForkSummary[] = await listForks({ stateDirectory })
if (forks.length > 0) throw new Error('There are forks in an empty state directory')

async function fork(): Promise<string> {
  await using made = await createFork({ source: `${stateDirectory}/none`, driver, stateDirectory })
  return made.connectionString
}

const error: unknown = await fork().catch((reason) => reason)
if (!isPgforkError(error) || error.code !== 'SOURCE_NOT_FOUND') throw error
