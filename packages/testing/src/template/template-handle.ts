import { randomBytes } from 'node:crypto'
import { createFork, isPgforkError, PgforkError } from '@pgfork/core'
import { checkOptions, openStateDirectory } from '@pgfork/core/companion'
import { machineTime } from '../clock.ts'
import { forkServerShape, poolShape } from '../options.ts'
import { createPool } from '../pool/create-pool.ts'
import type { PoolOptions } from '../pool/pool-options.ts'
import type { ServerPool } from '../pool/server-pool.ts'
import { type LocalServer, localServer } from '../server/local-server.ts'
import { adviseStorage } from './advise-storage.ts'
import type { CachedTemplate } from './cached-template.ts'
import { sessionOptions } from './session-options.ts'
import type { ForkServerOptions, Template } from './template.ts'
import type { TemplateOptions } from './template-options.ts'
import { noteUse } from './template-record.ts'
import { testSettings } from './test-settings.ts'

const noteEveryMs = 5 * 60_000

export function templateHandle({ record, snapshot }: CachedTemplate, options: TemplateOptions): Template {
  // The signal was for making it: servers are forked for as long as the tests run.
  const { signal: _signal, ...session } = sessionOptions(options)
  const { name, database, role, major } = record
  const settings = { ...testSettings(major), ...options.settings }
  let notedAt = machineTime()
  const advise = adviseStorage(record, session)

  const stayInUse = async (): Promise<void> => {
    // By the clock that the note is read by: it goes on while the machine sleeps, and may be set back.
    if (Math.abs(machineTime() - notedAt) < noteEveryMs) return
    notedAt = machineTime()
    await noteUse(await openStateDirectory(session.stateDirectory), name)
  }
  const fork = async (given: ForkServerOptions = {}): Promise<LocalServer> => {
    checkOptions('fork', given, forkServerShape)
    await stayInUse()
    const { signal } = given
    const made = await createFork({
      ...session,
      ...(signal === undefined ? {} : { signal }),
      source: snapshot,
      // Short: a socket's path has at most 107 bytes.
      name: `${record.family}-${randomBytes(4).toString('hex')}`,
      timeline: 'keep',
      durability: 'throwaway',
      // `createTemplate` has done it.
      collectGarbage: false,
      verify: { connect: false },
      role,
      database,
      settings: { ...settings, ...given.settings },
    }).catch((error: unknown) => {
      throw isPgforkError(error, 'SNAPSHOT_NOT_FOUND') ? removed(name, error) : error
    })
    advise(made.steps)
    return localServer(made, session)
  }
  const pool = (poolOptions: PoolOptions = {}): ServerPool => {
    checkOptions('pool', poolOptions, poolShape)
    return createPool(fork, poolOptions)
  }
  return { name, database, fork, pool }
}

const removed = (name: string, cause: unknown): PgforkError =>
  new PgforkError(
    'SNAPSHOT_NOT_FOUND',
    `The template ${name} was removed since this process has found it: by pgfork-testing clean --all, or because nobody had used it for an hour ` +
      'while newer ones of its name were made. Call createTemplate() again.',
    { cause, facts: { name } },
  )
