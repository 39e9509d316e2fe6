import { openImport } from '@pgfork/core'
import type { Command } from 'commander'
import { describeDuration } from '../../output/describe-duration.ts'
import { defineCommand } from '../define-command.ts'

export const addImportRefresh = (group: Command): Command =>
  defineCommand(group, {
    usage: 'refresh <name>',
    changes: true,
    summary: 'Imports anew beside what is there, which then is the newest generation. Forks stay.',
    examples: ['pgfork import refresh shop --quiet'],
    async run({ making, warnings }, { args: [name = ''] }) {
      const startedAt = performance.now()
      const imported = await openImport(name, making)
      await imported.refresh()
      const milliseconds = Math.round(performance.now() - startedAt)
      return {
        json: { name, generations: await imported.generations(), milliseconds, warnings },
        lines: [`Imported ${name} anew in ${describeDuration(milliseconds)}.`],
      }
    },
  })
