import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createRunner, createSnapshot, type OperationOptions } from '@pgfork/core'
import { createVolume, openStateDirectory, removeVolume } from '@pgfork/core/companion'
import { identifyBinaries } from '../binaries/find-initdb.ts'
import { type CachedTemplate, keepTemplate, useTemplate } from './cached-template.ts'
import { lockTemplate } from './lock-template.ts'
import { makeTemplate } from './make-template.ts'
import { driverNames } from './session-options.ts'
import { serverOwner } from './template-directory.ts'

export interface BaseClusterRequest {
  readonly directory: string
  readonly binDirectory: string
  /** The caller's, which outweigh the defaults. */
  readonly initdbOptions: readonly string[]
  readonly options: OperationOptions
}

/** WAL files of 1 MB instead of 16: where blocks can't be shared, each server copies 15 MB less. 11 and later. */
const defaultOptions = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--wal-segsize=1']

/** A freshly initialised cluster, made once for each build of the binaries and options of initdb, which saves half a second for each template. */
export async function openBaseCluster(request: BaseClusterRequest): Promise<CachedTemplate> {
  const { directory, binDirectory, initdbOptions, options } = request
  const words = [...defaultOptions, ...initdbOptions]
  const identity = JSON.stringify([await identifyBinaries(binDirectory), directory, words, driverNames(options)])
  const name = `initdb-${createHash('sha256').update(identity).digest('hex').slice(0, 12)}`
  const state = await openStateDirectory(options.stateDirectory)
  return lockTemplate(name, options, async () => {
    const known = await useTemplate(state, name, options)
    if (known !== undefined) return known
    // Its own: initdb may outlive a process that was killed.
    const prefix = `${name}.${state.identity}.`
    const path = join(directory, `${prefix}${randomBytes(4).toString('hex')}`)
    try {
      return await makeTemplate(state, name, options, async () => {
        await initialize(path, words, request)
        const snapshot = await createSnapshot({ ...options, source: { dataDirectory: path, binDirectory }, name })
        const named = { name, family: 'initdb', role: 'postgres', database: 'postgres' }
        return keepTemplate(state, { ...named, snapshot })
      })
    } finally {
      await removeVolume(path, withoutSignal(options))
      await removeLeft(directory, prefix, withoutSignal(options))
    }
  })
}

/** What killed processes have left (H133): under the lock of its name nobody makes any. What can't be removed now, the next one removes. */
async function removeLeft(directory: string, prefix: string, options: OperationOptions): Promise<void> {
  for (const name of await readdir(directory))
    if (name.startsWith(prefix)) await removeVolume(join(directory, name), options).catch(() => {})
}

/** What was begun is removed although the caller gave up. */
const withoutSignal = ({ signal: _signal, ...options }: OperationOptions): OperationOptions => options

async function initialize(
  path: string,
  words: readonly string[],
  { binDirectory, options }: BaseClusterRequest,
): Promise<void> {
  const owner = await serverOwner()
  await createVolume(path, owner, options)
  const { runner = createRunner(), signal } = options
  const asOwner = { user: owner, ...(signal === undefined ? {} : { signal }) }
  await runner.run(join(binDirectory, 'initdb'), ['-D', path, ...words], asOwner)
  // Maps of free space and of visible pages: a quarter of all files, which each server would copy where blocks can't be shared. PostgreSQL does
  // without, and makes them anew as it vacuums (manual, "Visibility Map").
  const isMap = ['(', '-name', '*_fsm', '-o', '-name', '*_vm', ')']
  await runner.run('find', [join(path, 'base'), ...isMap, '-delete'], asOwner)
}
