import { randomBytes } from 'node:crypto'
import { createFork } from '@pgfork/core'
import { checkOptions, openStateDirectory } from '@pgfork/core/companion'
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
  let notedAt = performance.now()
  const advise = adviseStorage(record, session)

  const stayInUse = async (): Promise<void> => {
    if (performance.now() - notedAt < noteEveryMs) return
    notedAt = performance.now()
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
