import { mkdir, readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ContainerOptions, container } from '@pgfork/containers'
import { type CreateForkOptions, createFork, type Fork, listForks, type SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { afterAll, afterEach, describe, expect } from 'vitest'
import { testedVersion } from '../../support/cluster/versions.ts'
import {
  imageLayout,
  type SourceContainer,
  startEngine,
  startSource,
  type TestEngine,
  whyNoEngine,
} from '../../support/engine/index.ts'
import type { BtrfsStorage } from '../../support/storage/create-btrfs.ts'
import { createBtrfs } from '../../support/storage/create-btrfs.ts'
import { describeGroup } from '../../support/workbench/describe-group.ts'
import { addLastingFolders, destroyForks, makeState, type State } from '../../support/workbench/make-state.ts'

/** Of `docker inspect`. */
export interface ContainerFacts {
  readonly Id: string
  readonly Image: string
  readonly Config: {
    readonly Env: readonly string[]
    readonly Labels: Readonly<Record<string, string>>
    readonly Healthcheck?: { readonly Test: readonly string[] }
  }
  readonly HostConfig: Readonly<Record<string, unknown>>
  readonly Mounts: readonly { readonly Type: string; readonly Source: string; readonly Destination: string }[]
}

export interface ContainerWorkbench {
  /** With the engine's own files below `docker`. */
  readonly storage: BtrfsStorage
  readonly engine: TestEngine
  readonly options: State & { readonly driver: SnapshotDriver }
  /** Started when the group begins, by their names. */
  readonly sources: Readonly<Record<string, SourceContainer>>
  fork(source: string, options?: Partial<CreateForkOptions> & { readonly container?: ContainerOptions }): Promise<Fork>
  /** What the engine says of a fork's container. */
  inspect(fork: Pick<Fork, 'dataDirectory'>): Promise<ContainerFacts | undefined>
  /** The names of the containers of all forks, whether they run or not. */
  names(): Promise<string>
}

/** Words for `docker run` of each source. */
export type SourceWords = Readonly<Record<string, (storage: BtrfsStorage) => Promise<readonly string[]>>>

/** A bind mount of a subvolume of its own. */
export const boundSubvolume = async (
  storage: BtrfsStorage,
  name: string,
  version = testedVersion(),
): Promise<string> => {
  await mkdir(join(storage.path, 'bind'), { recursive: true })
  const path = await storage.createSubvolume(`bind/${name}`)
  return `${path}:${imageLayout(version).volume}`
}

/** A group of tests with an engine of their own, whose files, images and volumes lie on a Btrfs, and sources in its containers. */
export async function describeEngine(
  title: string,
  sources: SourceWords,
  tests: (bench: ContainerWorkbench) => void,
): Promise<void> {
  const obstacle = await whyNoEngine()
  if (obstacle !== undefined) {
    describe.skip(`${title}, skipped: ${obstacle}`, () => {})
    return
  }
  await describeGroup(title, ['btrfs'], openWorkbench, (bench) => {
    afterEach(async () => {
      await destroyForks(bench.options)
      expect(await listForks(bench.options)).toEqual([])
      expect(await bench.names()).toBe('')
    })
    // One for each source stays, empty, for its next fork.
    afterAll(async () => {
      const timelines = join(bench.options.stateDirectory, 'timelines')
      for (const name of await readdir(timelines)) await rmdir(join(timelines, name))
    })
    tests(bench)
  })

  async function openWorkbench(group: Parameters<Parameters<typeof describeGroup>[2]>[0]): Promise<ContainerWorkbench> {
    const state = await makeState(group)
    const storage = group.cleanups.use(await createBtrfs())
    const engine = group.cleanups.use(await startEngine(storage.path))
    const started = Object.entries(sources).map(async ([name, words]) => {
      return [name, await startSource(engine, { name, words: await words(storage) })] as const
    })
    const options = { ...state, driver: btrfs() }
    const bench: ContainerWorkbench = {
      ...{ storage, engine, options, sources: Object.fromEntries(await Promise.all(started)) },
      fork: (source, { container: given, ...more } = {}) =>
        createFork({ ...options, source: container(source, given), ...more }),
      async inspect({ dataDirectory }) {
        const id = await engine.docker(
          'ps',
          '--all',
          '--quiet',
          '--filter',
          `label=pgfork.data-directory=${dataDirectory}`,
        )
        if (id === '') return undefined
        // It may go in between.
        const isGone = (error: unknown): string => {
          if (/No such object/i.test(String(error))) return '[]'
          throw error
        }
        return JSON.parse(await engine.docker('inspect', id).catch(isGone))[0]
      },
      names: () => engine.docker('ps', '--all', '--format', '{{.Names}}', '--filter', 'label=pgfork.data-directory'),
    }
    group.cleanups.defer(() => destroyForks(state))
    await addLastingFolders(state, [])
    return bench
  }
}
