import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import {
  type CloneReference,
  createRunner,
  type DriverContext,
  type SnapshotDriver,
  type SnapshotReference,
  type Volume,
} from '@pgfork/core/driver'
import type { DriverSuiteOptions, TestVolume } from './suite-options.ts'

/** A fresh volume with a driver at work on it: the verbs in short, and all that was made removed at the end. */
export class VolumeWorkbench implements AsyncDisposable {
  readonly driver: SnapshotDriver
  readonly volume: Volume
  readonly path: string
  readonly warnings: string[] = []
  readonly test: TestVolume
  readonly #options: DriverSuiteOptions
  readonly #clones: CloneReference[] = []
  readonly #snapshots: SnapshotReference[] = []

  private constructor(options: DriverSuiteOptions, test: TestVolume, driver: SnapshotDriver, volume: Volume) {
    this.#options = options
    this.test = test
    this.driver = driver
    this.volume = volume
    this.path = test.path
  }

  static async create(options: DriverSuiteOptions): Promise<VolumeWorkbench> {
    return VolumeWorkbench.of(options, await options.createVolume())
  }

  static async of(options: DriverSuiteOptions, test: TestVolume): Promise<VolumeWorkbench> {
    try {
      const driver = options.createDriver()
      return new VolumeWorkbench(options, test, driver, await findVolume(driver, test, contextOf(options)))
    } catch (error) {
      await test[Symbol.asyncDispose]()
      throw error
    }
  }

  context(signal?: AbortSignal): DriverContext {
    return contextOf(this.#options, this.warnings, signal)
  }

  reference(name: string): SnapshotReference {
    return { volume: this.volume, name }
  }

  async snapshot(name: string): Promise<SnapshotReference> {
    const reference = this.reference(name)
    this.#snapshots.push(reference)
    await this.flush(this.path)
    await this.driver.snapshot({ snapshots: [reference] }, this.context())
    return reference
  }

  /** Clones and attaches. @returns where in the clone the test's directory is */
  async clone(snapshot: SnapshotReference, name: string): Promise<{ reference: CloneReference; path: string }> {
    const reference = this.reference(name)
    this.#clones.push(reference)
    await this.driver.clone({ ...reference, snapshot }, this.context())
    return { reference, path: await this.pathOf(reference) }
  }

  async pathOf(clone: CloneReference): Promise<string> {
    const root = await this.driver.attach(clone, this.context())
    return join(root, relative(this.test.reference?.mountedAt ?? this.volume.root, this.path))
  }

  /** Where a snapshot holds only what was flushed, what was written is. */
  async flush(path: string): Promise<void> {
    if (this.#options.semantics.captures === 'flushed') await this.context().runner.run('sync', ['--file-system', path])
  }

  /** What a test removes itself need not be removed again, and may be. */
  willRemove(clone: CloneReference): void {
    this.#clones.push(clone)
  }

  async write(file: string, content: string): Promise<void> {
    await mkdir(join(this.path, file, '..'), { recursive: true })
    await writeFile(join(this.path, file), content)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const clone of this.#clones.reverse()) await this.driver.removeClone(clone, this.context())
    for (const snapshot of this.#snapshots.reverse()) await this.driver.removeSnapshot(snapshot, this.context())
    await this.test[Symbol.asyncDispose]()
  }
}

/** As core finds it: by its path, or by its name in the storage. */
export async function findVolume(
  driver: SnapshotDriver,
  { path, reference }: Pick<TestVolume, 'path' | 'reference'>,
  context: DriverContext,
): Promise<Volume> {
  if (reference === undefined) return driver.locate(path, context)
  if (driver.resolve === undefined) throw new Error(`The driver ${driver.name} knows no volumes by reference.`)
  return driver.resolve(reference.volume, context)
}

export const contextOf = (
  options: DriverSuiteOptions,
  warnings: string[] = [],
  signal?: AbortSignal,
): DriverContext => {
  const runner = options.commandRunner ?? createRunner()
  return {
    runner:
      signal === undefined
        ? runner
        : {
            run: (file, args, runOptions) => runner.run(file, args, { signal, ...runOptions }),
            start: (file, args, startOptions) => runner.start(file, args, startOptions),
          },
    ...(signal === undefined ? {} : { signal }),
    warn: (message) => void warnings.push(message),
    progress: () => {},
  }
}

export const read = (folder: string, file: string): Promise<string> => readFile(join(folder, file), 'utf8')
