import { statfs } from 'node:fs/promises'
import { createRunner, listForks } from '@pgfork/core'
import type { Command } from 'commander'
import { describeTable } from '../../output/table.ts'
import { isMounted } from '../../storage/mounted.ts'
import { backingOf, openStorageStore, type StorageRecord } from '../../storage/storage-record.ts'
import { defineCommand } from '../define-command.ts'

export const addStorageStatus = (group: Command): Command =>
  defineCommand(group, {
    usage: 'status',
    summary: 'Shows what storage init has made, how full it is, and which forks are in it.',
    examples: ['pgfork storage status --json'],
    async run({ operation, warnings }) {
      const store = await openStorageStore(operation.stateDirectory)
      const forks = await listForks(operation)
      const storages = []
      const records = new Map<string, StorageRecord>()
      for (const name of await store.names()) {
        const record = await store.find(name)
        if (record === undefined) continue
        records.set(name, record)
        storages.push(await describe(record, forks))
      }
      const rows = storages.map(({ name, mountPoint, backing, isMounted, usedBytes, totalBytes, forks }) => [
        name,
        mountPoint,
        backing,
        isMounted && totalBytes
          ? `${((100 * (usedBytes ?? 0)) / totalBytes).toFixed(1)} % of ${(totalBytes / 1e9).toFixed(1)} GB`
          : records.get(name)?.isUnfinished === true
            ? 'unfinished'
            : 'not mounted',
        String(forks.length),
      ])
      return {
        json: { storages, warnings },
        lines:
          rows.length === 0
            ? ['There is no storage of pgfork’s.']
            : describeTable(['NAME', 'AT', 'IN', 'USED', 'FORKS'], rows),
      }
    },
  })

async function describe(record: StorageRecord, forks: Awaited<ReturnType<typeof listForks>>) {
  const { name, mountPoint, createdAt, fstab } = record
  const mounted = await isMounted(record, createRunner())
  const space = mounted ? await statfs(mountPoint) : undefined
  return {
    ...{ name, mountPoint, backing: backingOf(record), createdAt, fstab, isMounted: mounted },
    usedBytes: space && (space.blocks - space.bfree) * space.bsize,
    totalBytes: space && space.blocks * space.bsize,
    forks: forks.filter(({ dataDirectory }) => dataDirectory?.startsWith(`${mountPoint}/`)).map((fork) => fork.name),
  }
}
