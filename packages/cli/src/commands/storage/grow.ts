import { createRunner } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { ask } from '../../context/ask.ts'
import { describeBytes } from '../../output/describe-bytes.ts'
import { shellLine } from '../../output/shell-line.ts'
import { oneLine, terminal } from '../../output/terminal.ts'
import { findStorage } from '../../storage/find-storage.ts'
import { growStorage, planGrowth } from '../../storage/grow-storage.ts'
import { readSize } from '../../storage/read-size.ts'
import { openStorageStore } from '../../storage/storage-record.ts'
import { defineCommand } from '../define-command.ts'
import { nothingDone } from '../each-name.ts'

interface GrowFlags {
  readonly size?: string
  readonly dryRun?: boolean
}

export const addStorageGrow = (group: Command): Command =>
  defineCommand<GrowFlags>(group, {
    usage: 'grow [name]',
    summary: 'Makes a storage that storage init has made larger. It stays mounted, and forks in it go on.',
    examples: ['sudo pgfork storage grow --size 40G', 'sudo pgfork storage grow scratch --dry-run'],
    options: [
      new Option(
        '--size <size>',
        'of its file from now on, such as 40G or 1T; a device is taken as large as it is now',
      ),
      new Option('--dry-run', 'only prints the commands'),
    ],
    asks: true,
    async run({ operation, interruption, isSure }, { args: [name], options: { size, dryRun } }) {
      const record = await findStorage(await openStorageStore(operation.stateDirectory), name)
      const runner = createRunner()
      const plan = () => planGrowth(record, size === undefined ? undefined : readSize(size), runner)
      const told = (await plan()).map(shellLine)
      if (dryRun)
        return { json: { storage: record, commands: await plan(), isGrown: false, totalBytes: undefined }, lines: told }
      if (!isSure) terminal.error(told.map(oneLine).join('\n'))
      if (!(await ask('Run these commands?', isSure, interruption.signal))) return nothingDone
      // An answer may take hours.
      const commands = await plan()
      const totalBytes = await growStorage(commands, record, runner)
      return {
        json: { storage: record, commands, isGrown: true, totalBytes },
        lines: [`${record.mountPoint} has ${describeBytes(totalBytes)} now.`],
      }
    },
  })
