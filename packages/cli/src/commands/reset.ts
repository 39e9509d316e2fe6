import { openFork } from '@pgfork/core'
import type { Command } from 'commander'
import { ask } from '../context/ask.ts'
import { defineCommand } from './define-command.ts'
import { eachName, nothingDone } from './each-name.ts'
import { archiveOptions, type ForkFlags, prepareOption, readArchiveFlags, readPrepare } from './fork-options.ts'

type ResetFlags = Pick<ForkFlags, 'prepare' | 'wal' | 'restoreCommand'>

export const addReset = (program: Command): Command =>
  defineCommand<ResetFlags>(program, {
    usage: 'reset <names...>',
    changes: true,
    summary: 'Takes forks back to the moment they were made, on the same ports.',
    examples: ['pgfork reset staging', 'pgfork reset staging --prepare mask.sql --yes'],
    options: [prepareOption(), ...archiveOptions('of a past moment: ')],
    asks: true,
    async run({ operation, config, interruption, isSure, warnings }, { args, options }) {
      const prepare = options.prepare === undefined ? config.create?.prepare : readPrepare(options.prepare)
      const isAgreed = await ask(`Reset ${args.join(', ')}, losing all changes?`, isSure, interruption.signal)
      if (!isAgreed) return nothingDone
      const wal = readArchiveFlags(options) ?? config.create?.wal
      const given = { ...(prepare === undefined ? {} : { prepare }), ...(wal === undefined ? {} : { wal }) }
      return eachName(args, 'Reset', async (name) => (await openFork(name, operation)).reset(given), {
        warnings,
        signal: operation.signal,
      })
    },
  })
