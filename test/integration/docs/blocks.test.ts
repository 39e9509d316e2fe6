import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { codeBlocks } from '../../support/code-blocks.ts'
import { readmeBlocks } from './readme-blocks.ts'

/**
 * The code of all pages in docs/, as far as that shows without running it. What is run: readme.test.ts, command.test.ts,
 * masking.test.ts, write-a-driver.test.ts, and the lines for sudo and their options by test/support/rights.ts.
 */
const checkout = resolve(import.meta.dirname, '../../..')
const pages = (await readdir(join(checkout, 'docs'), { recursive: true })).filter(
  (path) => path.endsWith('.md') && !path.startsWith('api/'),
)
const blocks = (
  await Promise.all(
    pages.map(async (path) =>
      codeBlocks(await readFile(join(checkout, 'docs', path), 'utf8')).map((block) => ({ path, ...block })),
    ),
  )
).flat()
const ofLanguage = (...names: string[]) => blocks.filter(({ language }) => names.includes(language))

const doors = await readDoors()

/** What is the reader's own, and what packages export of which no version is installed here. */
const readersOwn =
  'addUser afterAll afterEach configDefaults key migrate origin PostgreSqlContainer setup started template test'.split(
    ' ',
  )

test('TypeScript and JavaScript are right by their types; what a piece imports in the text before it is imported', async () => {
  const folder = await mkdtemp(join(import.meta.dirname, 'typed-'))
  try {
    const config = {
      extends: '../../../../tsconfig.json',
      include: ['*.ts'],
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const masking = blocks.find(({ code }) => code.includes('export const mask'))
    await writeFile(join(folder, 'mask.ts'), masking?.code ?? '')
    const names: string[] = []
    for (const { path, code, line } of ofLanguage('ts', 'js').filter((block) => !isTestedElsewhere(block)))
      for (const [index, piece] of piecesOf(code).entries()) {
        names.push(`${path.replaceAll('/', '-')}-${line}-${index}.ts`)
        await writeFile(join(folder, names.at(-1) ?? ''), complete(piece))
      }
    for (const { path, code, line, language } of await readmeBlocks()) {
      if (!['ts', 'js'].includes(language) || path.startsWith('docs/')) continue
      names.push(`${path.replaceAll('/', '-')}-${line}.ts`)
      await writeFile(join(folder, names.at(-1) ?? ''), code)
    }
    const { all, exitCode } = await execa(join(checkout, 'node_modules/.bin/tsc'), ['--noEmit', '--project', folder], {
      ...{ cwd: checkout, all: true, reject: false },
    })
    expect(exitCode, all).toBe(0)
    expect(names.length).toBeGreaterThan(30)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each(ofLanguage('sh'))('$path, line $line, is a shell script', async ({ code }) => {
  await execa('sh', ['-n'], { input: code })
})

const isComposeFile = ({ code }: { readonly code: string }): boolean => code.startsWith('services:')

// That of containers.md is started by containers/volumes.test.ts.
test.each(ofLanguage('yaml').filter((block) => !isComposeFile(block)))(
  '$path, line $line, is YAML, and its commands are a shell script',
  async ({ code }) => {
    const commands = listCommands(parse(code))
    expect(commands.length).toBeGreaterThan(0)
    for (const input of commands) await execa('sh', ['-n'], { input })
  },
)

test('there is no block in a language that nothing checks', () => {
  const checked = ['console', 'ini', 'js', 'sh', 'sql', 'sudoers', 'text', 'ts', 'yaml']
  expect(blocks.filter(({ language }) => !checked.includes(language))).toEqual([])
})

/** The configuration is read by the command, the driver passes the suite. */
const isTestedElsewhere = ({ path, code }: { readonly path: string; readonly code: string }): boolean =>
  path === 'write-a-driver.md' || code.includes(`from 'pgfork'`)

/** Before and after are told in one block. */
const piecesOf = (code: string): string[] =>
  code.split(/^(?=\/\/ after\b)|^(?=createTest\()|^(?=test: \{)/m).filter((piece) => piece.trim() !== '')

/** With the imports that are left out, and with something in the places of `..`. */
function complete(piece: string): string {
  const code = piece.replaceAll(/\.\.(?!\.)(?<!\.\.\.)/g, '').replace(/^test: (\{.*\})$/m, '$1')
  const isUsed = (name: string) => new RegExp(`(?<![\\w']|(?<!\\.)\\.)${name}\\b(?!['/:-])`).test(code)
  const isKnown = (name: string) =>
    new RegExp(`(?:import .*|const |using |function |\\{ .*)\\b${name}\\b.* (?:from|=)`).test(code)
  const isNeeded = (name: string) => isUsed(name) && !isKnown(name)
  const imports = Object.entries(doors).flatMap(([door, names]) =>
    names.filter(isNeeded).map((name) => `import { ${name} } from '${door}'`),
  )
  const declared = readersOwn.filter(isNeeded).map((name) => `declare const ${name}: any`)
  return [...imports, ...declared, code, 'export {}'].join('\n')
}

/** The functions of each door, by test/integration/doors/exports.txt; of the runners', Vitest's. */
async function readDoors(): Promise<Record<string, string[]>> {
  const text = await readFile(join(import.meta.dirname, '../doors/exports.txt'), 'utf8')
  const found = text.split('\n\n').map((part) => part.trim().split(/\n\s+(?:type )?/))
  const all = Object.fromEntries(found.map(([door = '', ...names]) => [door, names]))
  const used = ['@pgfork/core', '@pgfork/testing', '@pgfork/testing/vitest']
  const drivers = Object.keys(all).filter((door) => door.startsWith('@pgfork/driver-') && !door.endsWith('testkit'))
  return Object.fromEntries([...used, ...drivers].map((door) => [door, all[door] ?? []]))
}

/** `run` of GitHub's steps, `script` and `before_script` of GitLab's jobs. */
function listCommands(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(listCommands)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    /^(?:run|script|before_script)$/.test(key) ? [inner].flat().map(String) : listCommands(inner),
  )
}
