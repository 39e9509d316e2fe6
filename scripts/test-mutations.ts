import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'
import { type Mutation, mutations } from '../test/mutations/mutations.ts'

// npm run test:mutations -- [ROW..]
// Takes the handling of each hazard out, in a copy of the sources, and expects that the tests named by it fail.
const rows = process.argv.slice(2)
const chosen = mutations.filter(({ row }) => rows.length === 0 || rows.includes(row))
if (chosen.length === 0) throw new Error(`There is no mutation for ${rows.join(', ')}.`)

const repository = dirname(dirname(fileURLToPath(import.meta.url)))
const copy = await mkdtemp(join(tmpdir(), 'pgfork-mutations-'))
let survived = 0
try {
  for (const name of ['packages', 'test', 'bench', 'demo', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
    await cp(join(repository, name), join(copy, name), {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist)$/.test(path),
    })
  await symlink(join(repository, 'node_modules'), join(copy, 'node_modules'))
  for (const mutation of chosen) if (!(await isNoticed(mutation))) survived++
} finally {
  await rm(copy, { recursive: true, force: true })
}
console.log(`\n${chosen.length - survived} of ${chosen.length} mutations were noticed`)
process.exitCode = survived === 0 ? 0 : 1

async function isNoticed({ row, file, find, replace, test, names = `${row}\\b` }: Mutation): Promise<boolean> {
  const path = join(copy, file)
  const original = await readFile(path, 'utf8')
  if (original.split(find).length !== 2) throw new Error(`${row}: ${JSON.stringify(find)} is not once in ${file}.`)
  try {
    await writeFile(
      path,
      original.replace(find, () => replace),
    )
    const { all, exitCode } = await execa(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', test, '--testNamePattern', names],
      { cwd: copy, all: true, reject: false, env: { CI: '' } },
    )
    // A test that failed by its own assertion, not a file that could not be loaded.
    const failed = /^\D*Tests\D+(\d+)\D+failed/m.exec(stripVTControlCharacters(all))?.[1]
    const noticed = exitCode !== 0 && Number(failed) > 0
    console.log(`${noticed ? 'noticed ' : 'SURVIVED'} ${row}  ${file}: ${find.split('\n')[0]}`)
    if (!noticed) console.log(all)
    return noticed
  } finally {
    await writeFile(path, original)
  }
}
