import type { CommandRunner, SnapshotDriver, VolumeReference } from '@pgfork/core/driver'

/** The slice of a test runner that the suite needs. vitest's and node:test's functions fit, wrapped in one line each. */
export interface TestRunner {
  describe(name: string, body: () => void): void
  test(name: string, body: () => Promise<void>, timeoutMs: number): void
}

/** A fresh volume with nothing on it but an empty directory. Disposing of it removes it with all that was made of it. */
export interface TestVolume extends AsyncDisposable {
  /** An empty directory on the volume, which the current user may write: what stands for the data directory. */
  readonly path: string
  /**
   * Of a volume that the driver is to know by its name in the storage alone, as of one that another host has mounted. Whoever writes the test's
   * files has it mounted at `mountedAt`, of which the driver learns nothing.
   */
  readonly reference?: { readonly volume: VolumeReference; readonly mountedAt: string }
}

/** What is to be expected of the driver. Stated apart from its own facts, so that those are tested, too. */
export interface DriverSemantics {
  /** `none`: what is written during a snapshot may be in it or not. Otherwise it is one instant. */
  readonly atomicity: 'pool' | 'volume' | 'none'
  readonly clonePinsSnapshot: boolean
  /** Clones share blocks with their source. */
  readonly copyOnWrite: boolean
  /** With `flushed`, a snapshot may lack what wasn't flushed to it, and tests flush before. Default `written`. */
  readonly captures?: 'written' | 'flushed'
  /** What a power cut leaves of a new copy, all or not all of it. Default `flushed`. */
  readonly leaves?: 'flushed' | 'unflushed'
  /** With `cluster`, other hosts have the same storage: the driver knows volumes by reference, and has claims. Default `host`. */
  readonly reach?: 'host' | 'cluster'
  /** Clones are mounts of their own: one that a process works in is `BUSY` (H56). Otherwise it goes all the same. */
  readonly clonesAreMounted: boolean
}

export interface DriverSuiteOptions {
  /** Where the tests are registered. */
  readonly runner: TestRunner
  /**
   * A new object each time: what one of them keeps in memory must not matter to another. `busyTimeoutMs` says how long its
   * removals wait for what is busy, where it matters.
   */
  createDriver(options?: { readonly busyTimeoutMs: number }): SnapshotDriver
  /** A fresh volume for each test. */
  createVolume(): Promise<TestVolume>
  /** What the driver claims. */
  readonly semantics: DriverSemantics
  /** With `atomicity: 'pool'`: that many fresh volumes of one pool. */
  createVolumes?(count: number): Promise<readonly TestVolume[]>
  /** A directory that the driver doesn't serve. Default `/proc`. */
  readonly foreignPath?: string
  /**
   * How another process gets the driver, for tests of several processes: `factory` is an export of `module` (a file URL or
   * a package name). Left out, these tests are not registered, and the suite says so in a test's name.
   */
  readonly otherProcess?: { readonly module: string; readonly factory: string; readonly execArgv?: readonly string[] }
  /**
   * Takes the storage of a fresh volume away, as if its file system were not mounted or its pool not imported; disposing brings it
   * back. Left out, the test of that is not registered.
   */
  takeAway?(volume: TestVolume): Promise<AsyncDisposable>
  /** Default: commands run by execa. */
  readonly commandRunner?: CommandRunner
  /**
   * How often tests repeat what may go well once: snapshots under writes, clones of one snapshot, awkward names. Default 5;
   * fewer where every command is slow.
   */
  readonly rounds?: number
  /** Bound of one test. Default 60,000. */
  readonly timeoutMs?: number
}

export const roundsOf = ({ rounds = 5 }: Pick<DriverSuiteOptions, 'rounds'>): number => rounds
