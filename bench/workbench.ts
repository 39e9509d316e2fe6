import { chmod, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { SnapshotDriver } from '@pgfork/core'
import { type Cluster, createCluster } from '../test/support/cluster/index.ts'
import { startPgbench } from '../test/support/load/index.ts'
import { makeWorkFolder } from '../test/support/system/make-work-folder.ts'
import { waitUntil } from '../test/support/wait-until.ts'
import { stopSignal } from './stop-signal.ts'
import { makeStorage, type StorageName } from './storages.ts'

/** A server on storage of its own, with what is needed to fork it. */
export interface Workbench extends AsyncDisposable {
  readonly source: Cluster
  readonly driver: SnapshotDriver
  /** The file system's mount point. */
  readonly path: string
  readonly stateDirectory: string
}

/** The source makes checkpoints only when it is asked to. */
export async function openWorkbench(storage: StorageName, sizeMb: number): Promise<Workbench> {
  const { path, directory, driver, ...volume } = await makeStorage(storage, sizeMb)
  const stateDirectory = await makeWorkFolder('state')
  await chmod(stateDirectory, 0o700)
  const source = await createCluster({ directory, settings: { checkpoint_timeout: '1h', max_wal_size: '16GB' } })
  // For load that makes WAL quickly.
  await source.query('CREATE ROLE hasty SUPERUSER LOGIN; ALTER ROLE hasty SET synchronous_commit = off')
  return {
    source,
    driver,
    path,
    stateDirectory,
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]()
      await rm(stateDirectory, { recursive: true, force: true })
      await volume[Symbol.asyncDispose]()
    },
  }
}

/** Makes a checkpoint and then, by more of pgbench's load, this much WAL behind it. */
export async function makeWalBehindCheckpoint(source: Cluster, bytes: number): Promise<void> {
  await source.query('CHECKPOINT')
  const haste = await startPgbench({ connection: { ...source.connection, user: 'hasty' } }, { clients: 8 })
  try {
    await waitUntil(async () => stopSignal.aborted || (await walBehindCheckpoint(source)) >= bytes, {
      timeoutMs: 600_000,
      pauseMs: 200,
      what: `${bytes} bytes of WAL`,
    })
  } finally {
    await haste.stop()
  }
}

export async function walBehindCheckpoint(source: Cluster): Promise<number> {
  const rows = await source.query<{ bytes: string }>(
    'SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) AS bytes FROM pg_control_checkpoint()',
  )
  return Number(rows[0]?.bytes)
}

/** For the time in which only the load's effect is watched. */
export const watchFor = (milliseconds: number): Promise<void> => delay(milliseconds, undefined, { signal: stopSignal })
