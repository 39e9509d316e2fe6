import { errorCodes } from '@pgfork/core'
import { findDocs } from '@pgfork/core/companion'
import type { Command } from 'commander'
import { explain } from '../explain/read-pages.ts'
import { describeTable } from '../output/table.ts'
import { usageError } from '../output/usage-error.ts'
import { defineCommand } from './define-command.ts'

export const addExplain = (program: Command): Command =>
  defineCommand(program, {
    usage: 'explain [topic]',
    summary: 'Explains the code of an error, or a hazard by its number. Without one it lists the codes.',
    examples: ['pgfork explain NO_SPACE', 'pgfork explain H55', 'pgfork explain'],
    async run(_, { args: [topic] }) {
      const docs = findDocs()
      if (topic === undefined)
        return {
          json: { codes: Object.entries(errorCodes).map(([code, meaning]) => ({ code, meaning })), docs },
          lines: describeTable([], Object.entries(errorCodes)),
        }
      const found = explain(topic, docs)
      if (found === undefined) throw unknown(topic, docs)
      const { summary, remedy, hazards, kind } = found
      const others = hazards.map((row) => `pgfork explain ${row}`).join(', ')
      return {
        json: { ...found, docs },
        lines: [
          `${found.topic}: ${summary}`,
          ...['', `${kind === 'error' ? 'What to do' : 'What pgfork does'}: ${remedy}`],
          ...(others === '' ? [] : ['', `What it protects from: ${others}`]),
        ],
      }
    },
  })

/** Of an installation that a bundler has made, the pages may be missing. */
const unknown = (topic: string, docs: string | undefined): Error =>
  docs === undefined
    ? new Error('The pages of the documentation that come with @pgfork/core are missing.')
    : usageError(`${topic} is no code of an error and no hazard. pgfork explain lists the codes.`, 'topic')
