import { type ForkActivity, type ForkMoment, isPgforkError, openFork } from '@pgfork/core'
import type { Command } from 'commander'
import { describeState } from '../output/describe-state.ts'
import { describeFork, findFork } from '../output/fork-report.ts'
import { describeTable } from '../output/table.ts'
import { defineCommand } from './define-command.ts'

export const addShow = (program: Command): Command =>
  defineCommand(program, {
    usage: 'show <name>',
    summary: 'Shows all about a fork, and who uses it.',
    examples: ['pgfork show staging', 'pgfork show staging --json | jq .activity'],
    async run({ operation, warnings }, { args: [name = ''] }) {
      const summary = await findFork(name, operation)
      // Opening one that isn't there throws, and says where it was looked for.
      if (summary === undefined || summary.status === 'ready') {
        const fork = await openFork(name, operation)
        const activity = await fork.activity().catch((error: unknown) => {
          if (isPgforkError(error)) throw error
          operation.onWarning?.(
            `Who uses ${name} is not known, since its server can't be asked: ${(error as Error).message}`,
          )
          return undefined
        })
        const facts = { ...(summary && describeFork(summary)), ...more(fork), activity }
        return { json: { ...facts, warnings }, lines: lines(summary && describeState(summary), facts) }
      }
      const facts = { ...describeFork(summary), ...more(), activity: undefined }
      return { json: { ...facts, warnings }, lines: lines(describeState(summary), facts) }
    },
  })

const more = (fork?: Awaited<ReturnType<typeof openFork>>) => ({
  tcpConnectionString: fork?.tcpConnectionString,
  socketDirectory: fork?.socketDirectory,
  logFile: fork?.logFile,
  pid: fork?.pid,
})

function lines(state: string | undefined, facts: Record<string, unknown>): string[] {
  const { activity, moment, ...plain } = facts as { activity?: ForkActivity; moment?: ForkMoment }
  const rows = Object.entries({ state, ...plain, moment: moment?.asked, ...activity })
    .filter(([name, value]) => value !== undefined && !['status', 'isRunning', 'isProtected'].includes(name))
    .map(([name, value]) => [name, value instanceof Date ? value.toISOString() : String(value)])
  return describeTable([], rows)
}
