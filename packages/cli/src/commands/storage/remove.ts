import { createRunner, listForks } from '@pgfork/core'
import type { Command } from 'commander'
import { ask } from '../../context/ask.ts'
import { findStorage } from '../../storage/find-storage.ts'
import { closeStorage, refuseInUse, removeParts } from '../../storage/remove-storage.ts'
import { backingOf, openStorageStore } from '../../storage/storage-record.ts'
import { defineCommand } from '../define-command.ts'
import { nothingDone } from '../each-name.ts'

export const addStorageRemove = (group: Command): Command =>
  defineCommand(group, {
    usage: 'remove [name]',
    summary:
      'Unmounts an empty storage that storage init has made, and removes its file. Refuses while forks or files are in it.',
    examples: ['sudo pgfork storage remove', 'sudo pgfork storage remove scratch --yes'],
    asks: true,
    async run({ operation, interruption, isSure }, { args: [name] }) {
      const store = await openStorageStore(operation.stateDirectory)
      const record = await findStorage(store, name)
      const runner = createRunner()
      await refuseInUse(record, await listForks(operation), runner)
      if (!(await ask(`Remove ${record.mountPoint} with ${backingOf(record)}?`, isSure, interruption.signal)))
        return nothingDone
      await closeStorage(record, await listForks(operation), runner)
      await removeParts(record, runner)
      await store.remove(record.name)
      return { json: { removed: record }, lines: [`Removed ${record.mountPoint}.`] }
    },
  })
