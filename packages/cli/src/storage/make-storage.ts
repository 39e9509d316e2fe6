import { mkdir, writeFile } from 'node:fs/promises'
import type { CommandRunner } from '@pgfork/core'
import type { RecordStore } from '@pgfork/core/companion'
import { addLine } from './fstab.ts'
import { makeBtrfs } from './make-btrfs.ts'
import { commandsOf, type PlannedStorage } from './plan-storage.ts'
import { removeParts } from './remove-storage.ts'
import { fstabLineOf, type StorageRecord } from './storage-record.ts'

/** Makes what was planned; what a failure leaves half made is removed. */
export async function makeStorage(
  planned: PlannedStorage,
  store: RecordStore<StorageRecord>,
  runner: CommandRunner,
): Promise<void> {
  const { record } = planned
  await store.create({ ...record, isUnfinished: true })
  try {
    // It will hold what databases hold: nobody else reads it, from its first byte on (H29).
    if (record.image !== undefined) await writeFile(record.image, '', { flag: 'wx', mode: 0o600 })
  } catch (error) {
    // A file that is there already is not ours, nor is what is mounted of it.
    await store.remove(record.name)
    throw error
  }
  try {
    await mkdir(record.mountPoint, { mode: 0o755 }).catch(unlessThere)
    for (const [file = '', ...args] of commandsOf(planned)) {
      if (file === 'mount') await store.replace(record)
      const run = () => runner.run(file, args, { timeoutMs: 600_000 })
      await (file === 'mkfs.btrfs' ? makeBtrfs(run) : run())
    }
    if (record.fstab !== undefined) await addLine(record.fstab, fstabLineOf(record))
  } catch (error) {
    await removeParts(record, runner)
    await store.remove(record.name)
    throw error
  }
}

/** The plan has looked at it. */
function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
