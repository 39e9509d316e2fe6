import { appendFile } from 'node:fs/promises'
import process from 'node:process'
import { createRunner, type SnapshotDriver } from '@pgfork/core'
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
  /** Kills itself when a template is whole and is about to be flushed and recorded. */
  readonly diesBeforeRecord?: boolean
}

const request = JSON.parse(process.argv[2] ?? '{}') as TemplateProgramRequest
const drivers: Record<TemplateProgramRequest['driver'], () => SnapshotDriver> = { btrfs, copy }

const runner = createRunner()
const run: typeof runner.run = (file, ...rest) => {
  if (file === 'sync' && request.diesBeforeRecord === true) process.kill(process.pid, 'SIGKILL')
  return runner.run(file, ...rest)
}
const template = await createTemplate({
  runner: { ...runner, run },
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
