import process from 'node:process'
import type { Command } from 'commander'
import { redact } from '../../output/redact.ts'
import { defineCommand } from '../define-command.ts'

/** What is set by the environment. */
const variables = ['PGFORK_SOURCE', 'PGFORK_DRIVER', 'PGFORK_STATE_DIRECTORY', 'PGFORK_CONFIG'] as const

export const addConfigShow = (program: Command): Command =>
  defineCommand(program, {
    usage: 'config',
    summary: 'Shows which configuration file is used, and what it and the environment say.',
    examples: ['pgfork config', 'pgfork config --config ci/pgfork.config.json --json'],
    async run({ file, config }) {
      const environment = Object.fromEntries(
        variables.filter((name) => process.env[name]).map((name) => [name, redact(process.env[name])]),
      )
      const shown = redact(config)
      const none = 'There is no configuration file here or in a folder above.'
      return {
        json: { file, config: shown, environment },
        lines: [
          file ?? none,
          ...(file === undefined ? [] : JSON.stringify(shown, undefined, 2).split('\n')),
          ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        ],
      }
    },
  })
