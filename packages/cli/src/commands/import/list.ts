import { listImports } from '@pgfork/core'
import type { Command } from 'commander'
import { describeAge } from '../../output/describe-state.ts'
import { describeTable } from '../../output/table.ts'
import { defineCommand } from '../define-command.ts'

export const addImportList = (group: Command): Command =>
  defineCommand(group, {
    usage: 'list',
    summary: 'Lists imports, oldest first.',
    examples: ['pgfork import list', "pgfork import list --json | jq -r '.imports[].name'"],
    async run({ operation, warnings }) {
      const imports = await listImports(operation)
      const rows = imports.map(({ name, status, importedAt, generations, from, databases, directory }) => [
        ...[name, importedAt === undefined ? '-' : describeAge(importedAt), status, String(generations)],
        ...[`${from.host}:${from.port}`, databases?.join(', ') ?? 'all', directory],
      ])
      return {
        json: { imports, warnings },
        lines:
          rows.length === 0
            ? ['There is no import.']
            : describeTable(['NAME', 'AGE', 'STATE', 'GENERATIONS', 'FROM', 'DATABASES', 'DIRECTORY'], rows),
      }
    },
  }).alias('ls')
