import { join } from 'node:path'
import { type ErrorCode, errorCodes } from '@pgfork/core'
import { expect, test } from 'vitest'
import { remedies } from '../../../scripts/error-remedies.ts'
import { listErrorHazards } from '../../../scripts/list-error-hazards.ts'

const page = join(import.meta.dirname, '../../../docs/errors.md')
const hazards = listErrorHazards()

const sectionOf = ([code, meaning]: [string, string]): string => {
  const rows = hazards.get(code) ?? []
  return [
    `## ${code}`,
    `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`,
    `**What to do:** ${remedies[code as ErrorCode]}`,
    ...(rows.length > 0
      ? [`Hazards: ${rows.map((row) => `[${row}](hazards.md#${row.toLowerCase()})`).join(', ')}.`]
      : []),
  ].join('\n\n')
}

const text = `# Errors by code

Every error that pgfork throws is a \`PgforkError\` with one of these codes as its \`code\`; \`pgfork --json\` has the same. Codes are
stable; messages are not. The message says what to do in your case. Beside it an error has facts as fields: \`facts\`, the \`step\`
that failed, \`hazard\` where it protects from [something that goes wrong](hazards.md), \`cause\`, \`leftBehind\` if something could not be undone,
and \`help\`, the URL of the section below. Commands fail with \`command\`, \`exitCode\` and \`stderr\`, too. \`pgfork explain CODE\` shows the same.

${Object.entries(errorCodes).map(sectionOf).join('\n\n')}
`

test('docs/errors.md tells of each code; after a change on purpose, run this with -u', async () => {
  await expect(text).toMatchFileSnapshot(page)
})

test('every code that an error with a hazard has is one of the list, and rows are found', () => {
  expect([...hazards.keys()].filter((code) => !(code in errorCodes))).toEqual([])
  expect(hazards.get('LAYOUT_REFUSED')).toEqual(expect.arrayContaining(['H1', 'H66']))
})
