import { readFileSync, watch } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { SnapshotDriver } from '@pgfork/core'
import { openStateDirectory } from '@pgfork/core/companion'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { createTemplate } from '@pgfork/testing'

export interface TemplateProgramRequest {
  readonly driver: 'btrfs' | 'copy'
  readonly directory: string
  readonly stateDirectory: string
  readonly key: string
  /** Gets a line from every `setup` that runs. */
  readonly journal: string
  /** How long `setup` takes, on the server. */
  readonly setupSeconds: number
  /** Servers to make, or to keep in a pool, and then to wait for the end with. */
  readonly forks?: number
  readonly poolSize?: number
  /** Kills itself when a template is whole and is about to be recorded. */
  readonly diesBeforeRecord?: boolean
}

const request = JSON.parse(process.argv[2] ?? '{}') as TemplateProgramRequest
const drivers: Record<TemplateProgramRequest['driver'], () => SnapshotDriver> = { btrfs, copy }

if (request.diesBeforeRecord === true) {
  const { snapshots } = await openStateDirectory(request.stateDirectory)
  const isReady = (name: string): boolean => readFileSync(join(snapshots, name), 'utf8').includes('"status": "ready"')
  // Its name is flushed before it counts, and what is told of its folder comes earlier.
  watch(snapshots, (_, name) => {
    if (name?.startsWith('initdb-') && isReady(name)) process.kill(process.pid, 'SIGKILL')
  })
}
const template = await createTemplate({
  driver: drivers[request.driver](),
  directory: request.directory,
  stateDirectory: request.stateDirectory,
  key: request.key,
  setup: async ({ client }) => {
    await appendFile(request.journal, `setup in ${process.pid}\n`)
    await client.query('select pg_sleep($1)', [request.setupSeconds])
    await client.query('create table made (by_pid int)')
    await client.query('insert into made values ($1)', [process.pid])
  },
})
const { forks, poolSize } = request
const servers = await Promise.all(Array.from({ length: forks ?? 0 }, () => template.fork()))
const pool = poolSize === undefined ? undefined : template.pool({ size: poolSize })
await pool?.warm()
console.log(JSON.stringify({ template: template.name, pids: servers.map(({ pid }) => pid) }))
if (forks !== undefined || poolSize !== undefined) {
  // Until somebody kills it.
  setInterval(() => {}, 60_000)
}
