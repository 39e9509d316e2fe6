import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { inCommandWords } from './command-words.ts'

const root = join(import.meta.dirname, '../../../..')

/** Functions and options of the library, which mean nothing to who types commands. */
const libraryWords =
  /(?<!@pgfork\/core|of )\b(?:collectGarbage|createFork|createSnapshot|openFork|openSnapshot|listForks|listSnapshots|recordHistory|unprotect|rebuildState(?!\(\) of))\b|\b(?:destroy|reset|stop|start|persist|protect)\(|\b(?:stateDirectory|timeToLiveMs|preparedTransactions|backgroundWorkers|goneMachines)\b|(?<!create\.)\b(?:timeouts\.\w+|spaceThresholds|verify\.(?:deep|check))\b|source\.connection|source\.binDirectory(?! in the configuration)|\b(?:timeline|durability|lifetime): '|\b(?:checkpoint|resettable): true|Pass it in driver|a "directory"|a prefix such as/

/** What only programs can do: options of other packages, and of functions that the command never calls. */
const beyondTheCommand = [
  /^a data directory, a connection string, options of pg\.Client/,
  /^a command runner with run\(\) and start\(\)/,
  /^a storage driver such as/,
]

test('no message of core or of a driver is shown in words of the library', () => {
  const messages = listMessages()
  expect(messages.length).toBeGreaterThan(300)
  expect(messages.filter(({ text }) => libraryWords.test(text)).length).toBeGreaterThan(30)
  const shown = messages
    .filter(({ text }) => !beyondTheCommand.some((pattern) => pattern.test(text)))
    .map(({ file, text }) => ({ file, text: inCommandWords(text) }))
  expect(shown.filter(({ text }) => libraryWords.test(text))).toEqual([])
})

test.each([
  [
    'The fork a.b is protected. Call unprotect() first.',
    'The fork a.b is protected. To end that: pgfork protect a.b --off',
  ],
  [
    "There is a fork named one already. Choose another name, or remove it: (await openFork('one')).destroy().",
    'There is a fork named one already. Choose another name, or remove it: pgfork destroy one.',
  ],
  ["To keep it: backgroundWorkers: { keep: ['pg_cron'] }.", 'To keep it: --keep-worker pg_cron.'],
  [
    'was not ready within 5 ms (timeouts.startMs)',
    'was not ready within 5 ms (create.timeouts.startMs in the configuration)',
  ],
  ['timeToLiveMs must be an integer', '--ttl must be an integer'],
])('%s', (message, shown) => {
  expect(inCommandWords(message)).toBe(shown)
})

/** String literals of several words, with `${..}` as it is written. */
function listMessages(): { readonly file: string; readonly text: string }[] {
  const folders = ['core', 'driver-btrfs', 'driver-copy', 'driver-lvm', 'driver-zfs'].map(
    (name) => `packages/${name}/src/*.ts`,
  )
  const files = execFileSync('git', ['ls-files', ...folders], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && !/\.test\.ts$|test-fixture\.ts$|errors\/codes\.ts$/.test(file))
  return files.flatMap((file) => {
    const found: string[] = []
    const visit = (node: ts.Node): void => {
      const text = textOf(node)
      if (text?.includes(' ')) found.push(text)
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true))
    return found.map((text) => ({ file, text }))
  })
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  // What stands in the holes is no text of ours.
  return [node.head.text, ...node.templateSpans.map(({ literal }) => `NAME${literal.text}`)].join('')
}
