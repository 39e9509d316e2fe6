import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { exitStatus } from '../output/exit-status.ts'
import { buildProgram } from './program.ts'

const page = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8')

/** Each with the words before it: `snapshot create`. */
const leaves = (command: Command, before: string[] = []): string[] =>
  command.commands.flatMap((one) => {
    const words = [...before, one.name()]
    // One that has others below it may do something by itself.
    return [...(one.options.length > 0 ? [words.join(' ')] : []), ...leaves(one, words)]
  })

const commands = leaves(buildProgram({ isJson: false })).filter((name) => name !== 'complete')

test.each(commands)('the page has the command %s', (name) => {
  const words = name.split(' ')
  const rows = page.split('\n').filter((line) => line.startsWith(`| \`${words[0]}`) || line.includes(`\`${name} `))
  expect(rows.some((row) => row.includes(`\`${name}`) || row.includes(`\`${words[1] ?? words[0]}`))).toBe(true)
})

test.each(Object.values(exitStatus))('the page tells the exit status %i', (status) => {
  expect(page).toMatch(new RegExp(`^\\| ${status} \\||\\b${status} if`, 'm'))
})

test('every example is a command line that its command understands', () => {
  const examples = (command: Command): string[] => [
    ...command.commands.flatMap(examples),
    ...[...helpOf(command).matchAll(/^ {2}\$ (?:sudo )?pgfork (.*)$/gm)].map(([, line = '']) => line),
  ]
  const found = examples(buildProgram({ isJson: false }))
  expect(found.length).toBeGreaterThan(20)
  for (const line of found)
    expect(
      commands.some((name) => line.startsWith(name)),
      line,
    ).toBe(true)
})

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (more) => {
      text += more
    },
  })
  command.outputHelp()
  return text
}
