import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCluster } from '../cluster/index.ts'
import { createBtrfs, createFolder, whyNoLoopMounts } from '../storage/index.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { runner } from '../system/runner.ts'
import { expectNoLeaks, type SystemSnapshot, snapshotSystem } from './index.ts'

const obstacle = await whyNoLoopMounts('btrfs')

/** What a leak check with little patience says; undefined when it is content. */
const complaint = (before: SystemSnapshot): Promise<string | undefined> =>
  expectNoLeaks(before, { timeoutMs: 200 }).then(
    () => undefined,
    (error: Error) => error.message,
  )

test('a running server is found by its process and its port, and leaves nothing when it has gone', async () => {
  await using folder = await createFolder()
  const before = await snapshotSystem({ folders: [folder.path] })
  const cluster = await createCluster({ directory: join(folder.path, 'main') })
  const found = await complaint(before)
  expect(found).toContain(`${cluster.pid} (started at`)
  expect(found).toContain(`port ${cluster.port} of process ${cluster.pid}`)
  expect(found).toContain(`  ${cluster.socketDirectory}`)
  expect(found).toContain(`  ${join(folder.path, 'main', 'PG_VERSION')}`)
  await cluster[Symbol.asyncDispose]()
  await expectNoLeaks(before)
})

test('the new backends of a server that ran before are no leak', async () => {
  await using folder = await createFolder()
  await using cluster = await createCluster({ directory: join(folder.path, 'main') })
  const before = await snapshotSystem({ folders: [folder.path], exceptFilesIn: [cluster.dataDirectory] })
  const client = await cluster.client()
  await client.query('SELECT 1')
  await expectNoLeaks(before, { timeoutMs: 200 })
})

test("a crashed server's shared memory is found until it is disposed of", async () => {
  await using folder = await createFolder()
  const before = await snapshotSystem({ folders: [folder.path] })
  const cluster = await createCluster({ directory: join(folder.path, 'main') })
  const { pid } = cluster
  await cluster.crash()
  const found = await complaint(before)
  expect(found).toContain(`made by process ${pid}`)
  expect(found).toContain('/dev/shm/PostgreSQL.')
  await cluster[Symbol.asyncDispose]()
  await expectNoLeaks(before)
})

test('files, listening sockets, child processes and temporary folders are found', async () => {
  await using folder = await createFolder()
  const before = await snapshotSystem({ folders: [folder.path] })
  await writeFile(join(folder.path, 'left'), '')
  expect(await complaint(before)).toMatch(/^files left behind:\n {2}.*\/left$/m)
  await rm(join(folder.path, 'left'))

  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  expect(await complaint(before)).toContain(`of process ${process.pid}`)
  server.close()

  const child = spawn('sleep', ['60'])
  expect(await complaint(before)).toContain(`${child.pid} (started at`)
  child.kill()

  const workFolder = await makeWorkFolder('left')
  expect(await complaint(before)).toContain(workFolder)
  await rm(workFolder, { recursive: true })
  await expectNoLeaks(before)
})

test.skipIf(obstacle !== undefined)('mounts, loop devices and subvolumes are found, left behind or gone', async () => {
  await using storage = await createBtrfs({ sizeMb: 512 })
  await storage.createSubvolume('kept')
  const before = await snapshotSystem({ folders: [storage.path] })
  const mountPoint = join(storage.path, 'mounted')
  const image = join(storage.path, 'image')
  await mkdir(mountPoint)
  await writeFile(image, '')
  await runner.run('truncate', ['--size=64M', image])
  await runner.run('mkfs.ext4', ['-q', image])
  await runner.run('mount', ['-o', 'loop', image, mountPoint])
  const found = await complaint(before)
  await runner.run('umount', [mountPoint])
  expect(found).toContain(`${mountPoint} (ext4 of /dev/loop`)
  expect(found).toMatch(/\/dev\/loop\d+ of .*image/)
  await rm(image)
  await rm(mountPoint, { recursive: true })

  const added = await storage.createSubvolume('added')
  expect(await complaint(before)).toMatch(/^Btrfs subvolumes left behind:\n.*added \(id \d+\)$/m)
  await runner.run('btrfs', ['subvolume', 'delete', added, join(storage.path, 'kept')])
  expect(await complaint(before)).toMatch(/^Btrfs subvolumes gone:\n.*kept \(id \d+\)$/m)
})
