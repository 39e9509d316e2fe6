import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, listForks, openFork } from '@pgfork/core'
import type { Cluster } from '../cluster/index.ts'
import { type RecordingRunner, recordCommands } from '../evidence/index.ts'
import type { Group } from './describe-group.ts'
import { makeStateDirectory } from './make-state-directory.ts'

/** For every call of the library. */
export interface State {
  readonly stateDirectory: string
  readonly runner: RecordingRunner
  /** Warnings stand in each fork's `verification`. */
  onWarning(message: string): void
}

/** A state directory, in which nothing may be left, and a runner that records the commands. */
export async function makeState({ cleanups, folders, witnesses }: Group): Promise<State> {
  const { path: stateDirectory } = cleanups.use(await makeStateDirectory())
  folders.push(stateDirectory)
  const runner = cleanups.use(recordCommands())
  witnesses.push(runner)
  return { stateDirectory, runner, onWarning: () => {} }
}

/** Makes what stays in a state directory from the first use, the first collection and the first fork of each source on. */
export async function addLastingFolders(state: State, sources: readonly Cluster[]): Promise<void> {
  await listForks(state)
  await collectGarbage(state)
  for (const source of sources) {
    const rows = await source.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()')
    const folder = join(state.stateDirectory, 'timelines', rows[0]?.id ?? '')
    await mkdir(folder, { recursive: true, mode: 0o700 })
  }
}

/** Of a test that failed: storage that is in use can't be taken down. */
export async function destroyForks(state: State): Promise<void> {
  for (const { name } of await listForks(state)) await (await openFork(name, state)).destroy()
}
