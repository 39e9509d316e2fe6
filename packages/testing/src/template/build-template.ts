import { type ClusterSnapshot, createFork, createSnapshot, type Fork, isPgforkError, type Source } from '@pgfork/core'
import { openStateDirectory, removeOwnFolder } from '@pgfork/core/companion'
import { type CachedTemplate, keepTemplate } from './cached-template.ts'
import { runSetup } from './run-setup.ts'
import { sessionOptions } from './session-options.ts'
import type { TemplateOptions } from './template-options.ts'
import { setupSettings, testSettings } from './test-settings.ts'

export interface BuildTemplateRequest {
  readonly name: string
  readonly family: string
  readonly options: TemplateOptions
  readonly source: Source | ClusterSnapshot
  readonly major: number
  /** Whether the template would still have this name. */
  isCurrent(): Promise<boolean>
}

/**
 * Makes a fork, lets `setup` work on it, stops it cleanly and keeps a snapshot of it. A failure leaves nothing behind: the fork
 * ends with this process, and other processes remove it if this one is killed.
 *
 * @returns undefined when what the template depends on has changed meanwhile: nobody knows what `setup` has read (H129)
 */
export async function buildTemplate(request: BuildTemplateRequest): Promise<CachedTemplate | undefined> {
  const { name, family, options, source, major, isCurrent } = request
  const { setup, database = 'postgres', settings = {} } = options
  const session = sessionOptions(options)
  const isSnapshot = typeof source === 'object' && 'kind' in source && source.kind === 'snapshot'
  const fork = await createFork({
    ...session,
    source,
    ...(isSnapshot ? { timeline: 'keep' } : {}),
    durability: 'throwaway',
    // `createTemplate` does it.
    collectGarbage: false,
    settings: { ...testSettings(major), ...setupSettings, ...settings },
  })
  try {
    const connection = { ...fork.connection, database }
    await runSetup({ fork, major, connection, setup, signal: session.signal })
    if (!(await isCurrent())) return undefined
    await fork.stop()
    // Each server would begin by removing it.
    removeOwnFolder(fork.dataDirectory)
    const { binDirectory } = options
    // The fork itself knows where its servers run: in a container, for example.
    const stopped = binDirectory === undefined ? fork : { dataDirectory: fork.dataDirectory, binDirectory }
    const snapshot = await createSnapshot({ ...session, source: stopped, name })
    const state = await openStateDirectory(session.stateDirectory)
    const kept = { name, family, role: fork.connection.user, database, snapshot }
    return await keepTemplate(state, kept)
  } finally {
    await removeBuilder(fork)
  }
}

/** Where the snapshot needs the volume that it was taken from (ZFS), garbage collection removes that after the template. */
async function removeBuilder(fork: Fork): Promise<void> {
  await fork.destroy().catch((error: unknown) => {
    if (!isPgforkError(error, 'BUSY')) throw error
  })
}
