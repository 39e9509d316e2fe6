import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { overlay } from '@pgfork/driver-overlay'
import { createTemplate, type Template } from '@pgfork/testing'
import { type Cluster, createCluster, type MajorVersion } from '../../test/support/cluster/index.ts'
import {
  type BtrfsStorage,
  createBtrfs,
  createExt4,
  createXfs,
  type FileSystemName,
  type StorageOptions,
  type TestStorage,
} from '../../test/support/storage/index.ts'
import { copyFiles } from './copy-files.ts'

const makers: Record<FileSystemName, (options: StorageOptions) => Promise<TestStorage | BtrfsStorage>> = {
  btrfs: createBtrfs,
  xfs: createXfs,
  ext4: createExt4,
}

export interface PlaceRequest {
  readonly filesystem: FileSystemName
  /** Of the content, besides a small schema. */
  readonly megabytes: number
  readonly version?: MajorVersion
}

/** A file system with the same content three times: in a running server, in a stopped cluster, and in a template. */
export interface Place extends AsyncDisposable {
  readonly filesystem: FileSystemName
  readonly path: string
  readonly server: Cluster
  /** Stopped cleanly; for the bare commands. */
  readonly stopped: string
  /** `copied`: as for users who may not mount, where the storage has no snapshots. */
  template(way?: 'copied'): Promise<Template>
}

/** What every test's database begins with. */
export const users = `create table users (id serial primary key, name text not null unique);
  insert into users (name) select 'user ' || id from generate_series(1, 1000) id`

/** What somebody gives a server that only tests use. */
const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '4GB',
}

export async function openPlace({ filesystem, megabytes, version = '15' }: PlaceRequest): Promise<Place> {
  const storage = await makers[filesystem]({ sizeMb: 8192 + 16 * megabytes })
  try {
    const directory = 'createSubvolume' in storage ? await storage.createSubvolume('main') : join(storage.path, 'main')
    const server = await createCluster({ directory, version, settings, initdbOptions: ['--wal-segsize=1'] })
    await fill(server, megabytes)
    await server.stop()
    const [stopped, stateDirectory] = [join(storage.path, 'stopped'), join(storage.path, 'state')]
    await copyFiles(filesystem, directory, stopped)
    await mkdir(stateDirectory, { mode: 0o700 })
    await chmod(storage.path, 0o755)
    return {
      filesystem,
      path: storage.path,
      server,
      stopped,
      template: (way) =>
        createTemplate({
          key: ['bench', way ?? ''],
          source: stopped,
          binDirectory: server.binDirectory,
          database: 'app',
          stateDirectory,
          driver: way === 'copied' ? copy() : filesystem === 'btrfs' ? btrfs() : overlay({ volatile: true }),
          onWarning: () => {},
        }),
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]()
        await storage[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await storage[Symbol.asyncDispose]()
    throw error
  }
}

async function fill(server: Cluster, megabytes: number): Promise<void> {
  await server.query('create database app')
  const client = await server.client('app')
  await client.query(users)
  // In one transaction, for which wal_level = minimal needs no WAL.
  await client.query(`begin;
    create table filler (id int, payload text);
    alter table filler alter payload set storage plain;
    insert into filler select id, repeat(md5(id::text), 245) from generate_series(1, ${megabytes * 128}) id;
    commit`)
  await client.query('vacuum (freeze, analyze)')
  await client.end()
}
