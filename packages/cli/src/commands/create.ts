import { createFork } from '@pgfork/core'
import type { Command } from 'commander'
import { describeDuration } from '../output/describe-duration.ts'
import { describeFork, findFork } from '../output/fork-report.ts'
import { defineCommand } from './define-command.ts'
import { type ForkFlags, forkOptions, readForkOptions } from './fork-options.ts'

export const addCreate = (program: Command): Command =>
  defineCommand<ForkFlags>(program, {
    usage: 'create [source]',
    summary: 'Makes a fork that stays until it is destroyed.',
    examples: [
      'pgfork create /var/lib/postgresql/17/main --name staging',
      'pgfork create postgresql://postgres@localhost/shop --ttl 8h',
      'pgfork create --snapshot monday --set shared_buffers=64MB',
      'pgfork create --prepare mask.sql --json',
    ],
    options: forkOptions(),
    async run(context, { args: [source], options }) {
      const startedAt = performance.now()
      const fork = await createFork({
        ...(await readForkOptions(context, options, source)),
        lifetime: 'persistent',
      })
      const milliseconds = Math.round(performance.now() - startedAt)
      const summary = await findFork(fork.name, context.operation)
      const { steps, name, connectionString } = fork
      return {
        json: { ...(summary && describeFork(summary)), milliseconds, steps, warnings: context.warnings },
        lines: [`Made ${name} in ${describeDuration(milliseconds)}.`, connectionString],
      }
    },
  })
