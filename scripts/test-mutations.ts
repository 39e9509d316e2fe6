import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'
import type { Mutation } from '../test/mutations/mutation.ts'
import { mutations } from '../test/mutations/mutations.ts'

// npm run test:mutations -- [--guests] [ROW | PART/OF/A/PATH ..]
// Takes the handling of each hazard out, in a copy of the sources, and expects that the tests named by it fail. --guests: those
// of LVM and ZFS, each in a guest of the lab, instead of those that this machine can run. A part of a path, with a slash, stands for all
// mutations of such sources, and those that such a test is to notice.
const [guests, rows] = [process.argv.includes('--guests'), process.argv.slice(2).filter((word) => word !== '--guests')]
const isChosen = ({ row, file, test }: Mutation, word: string): boolean =>
  word.includes('/') ? file.includes(word) || test.includes(word) : word === row
const ofRows = mutations.filter((mutation) => rows.length === 0 || rows.some((word) => isChosen(mutation, word)))
const chosen = ofRows.filter(({ guest }) => (guest !== undefined) === guests)
if (chosen.length === 0)
  throw new Error(`There is no mutation for ${rows.join(', ')} ${guests ? 'in' : 'without'} guests.`)

const repository = dirname(dirname(fileURLToPath(import.meta.url)))
// A guest has a temporary folder of its own.
const copy = await mkdtemp(join(guests ? repository : tmpdir(), 'pgfork-mutations-'))
const names = [
  'packages',
  'test',
  'bench',
  'demo',
  'docs',
  'scripts',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
]
let survived = 0
try {
  for (const name of names)
    await cp(join(repository, name), join(copy, name), {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist)$/.test(path),
    })
  const workspaces = (await readdir(join(repository, 'packages'))).map((name) => `packages/${name}`)
  for (const folder of ['.', ...workspaces].map((path) => join(path, 'node_modules')))
    if (existsSync(join(repository, folder))) await symlink(join(repository, folder), join(copy, folder))
  for (const mutation of chosen) if (!(await isNoticed(mutation))) survived++
} finally {
  await rm(copy, { recursive: true, force: true })
}
console.log(`\n${chosen.length - survived} of ${chosen.length} mutations were noticed`)
if (chosen.length < ofRows.length)
  console.log(
    `NOT TRIED: ${ofRows.length - chosen.length} ${guests ? 'that need no guest' : 'that need guests (--guests)'}`,
  )
process.exitCode = survived === 0 ? 0 : 1

async function isNoticed(mutation: Mutation): Promise<boolean> {
  const { row, file, find, replace } = mutation
  const path = join(copy, file)
  const original = await readFile(path, 'utf8')
  if (original.split(find).length !== 2) throw new Error(`${row}: ${JSON.stringify(find)} is not once in ${file}.`)
  try {
    await writeFile(
      path,
      original.replace(find, () => replace),
    )
    let tried = await runTests(mutation, 'short')
    // Some of the tests are left to the full extent.
    if (!tried.noticed) tried = await runTests(mutation, 'all')
    const { all, noticed } = tried
    console.log(`${noticed ? 'noticed ' : 'SURVIVED'} ${row}  ${file}: ${find.split('\n')[0]}`)
    if (!noticed) console.log(all)
    return noticed
  } finally {
    await writeFile(path, original)
  }
}

async function runTests({ row, test, names = `${row}\\b`, guest }: Mutation, extent: 'short' | 'all') {
  const [file, ...args] =
    guest === undefined
      ? [process.execPath, 'node_modules/vitest/vitest.mjs', 'run']
      : ['bash', 'test/lab/run-vitest.sh', '--project', 'guest']
  const env = { CI: '', PGFORK_TEST_EXTENT: extent, ...(guest === undefined ? {} : { DRIVERS: guest }) }
  // The first failure tells.
  const words = [...args, test, '--testNamePattern', names, '--bail', '1']
  const { all, exitCode } = await execa(file, words, { cwd: copy, all: true, reject: false, env })
  // A test that failed by its own assertion, not a file that could not be loaded.
  const failed = /^\D*Tests\D+(\d+)\D+failed/m.exec(stripVTControlCharacters(all))?.[1]
  return { all, noticed: exitCode !== 0 && Number(failed) > 0 }
}
