import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, createCluster } from '../../support/cluster/index.ts'
import { type BtrfsStorage, createBtrfs, whyNoLoopMounts } from '../../support/storage/index.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { readmeBlocks } from './readme-blocks.ts'

const checkout = resolve(import.meta.dirname, '../../..')
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'integration']
const blocks = await readmeBlocks()
const codes = blocks.filter(({ language }) => language === 'ts' || language === 'js')
const readme = await readFile(join(checkout, 'README.md'), 'utf8')

/** LVM and ZFS need a guest, RBD a cluster, the suite and containers have their own tests, and the migrations are the reader's. */
const isRunElsewhere = ({ code }: { readonly code: string }) =>
  /\b(?:lvm|rbd|zfs|driverSuite|container)\(|migrations\//.test(code)
const isTest = ({ code }: { readonly code: string }) => code.includes("from 'vitest'")

const obstacle = await whyNoLoopMounts('btrfs')

describe.skipIf(obstacle !== undefined)(
  `the code of the README files${obstacle ? ` (skipped: ${obstacle})` : ''}`,
  () => {
    let storage: BtrfsStorage
    let source: Cluster
    let folder: string
    let templates: string

    beforeAll(async () => {
      storage = await createBtrfs()
      source = await createCluster({ directory: await storage.createSubvolume('main') })
      await source.query(`
      CREATE TABLE orders AS SELECT id FROM generate_series(1, 100) id;
      CREATE TABLE customers AS SELECT id, 'ada@analytical.engine' AS email FROM generate_series(1, 10) id`)
      // In the checkout, so that the imports are found.
      folder = await mkdtemp(join(import.meta.dirname, 'blocks-'))
      templates = await makeWorkFolder('templates')
    })
    afterAll(async () => {
      for (const path of [folder, templates]) if (path !== undefined) await rm(path, { recursive: true, force: true })
      await source?.[Symbol.asyncDispose]()
      await storage?.[Symbol.asyncDispose]()
    })

    test.each(codes.filter((block) => !isRunElsewhere(block)))('$path, line $line', async (block) => {
      const { path, code, line } = block
      const name = `${path.replaceAll('/', '-')}-${line}`
      const state = join(folder, `state-${name}`)
      await mkdir(state, { mode: 0o700 })
      const file = join(folder, isTest(block) ? `${name}.test.ts` : `${name}.ts`)
      await writeFile(file, code.replaceAll('/srv/pg/main', source.dataDirectory))
      const command = isTest(block) ? [...vitest, file] : ['--import', 'tsx', file]
      const { stdout } = await execa(process.execPath, command, {
        cwd: checkout,
        env: { PGFORK_STATE_DIRECTORY: state, PGFORK_TEMPLATE_DIRECTORY: templates, CI: '', VITEST: '' },
      })
      if (isTest(block)) {
        expect(stdout).toMatch(/^1 passed, 0 failed, 0 skipped$/m)
        return
      }
      if (code.includes('one.timeline !== other.timeline')) expect(stdout).toBe('true')
      expect(await readdir(join(state, 'forks'))).toEqual([])
      // A template stays for the next process.
      const isTemplate = (file: string) => code.includes('createTemplate') && /^(initdb|template)-/.test(file)
      expect((await readdir(join(state, 'snapshots'))).filter((file) => !isTemplate(file))).toEqual([])
      expect(await readdir(storage.path)).toEqual(['main'])
      // What the code does to its forks, it doesn't do to their source.
      const [counts] = await source.query(`
      SELECT (SELECT count(*)::int FROM orders) AS orders,
             (SELECT count(*)::int FROM customers WHERE email LIKE 'ada@%') AS customers`)
      expect(counts).toEqual({ orders: 100, customers: 10 })
    })

    test.each(codes.filter(({ language }) => language === 'js'))('$path, line $line, is JavaScript', async (block) => {
      const file = join(folder, `plain-${block.line}.mjs`)
      await writeFile(file, block.code)
      await execa(process.execPath, ['--check', file])
    })
  },
)

test('the commands that the README files name exist', async () => {
  const { scripts } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8'))
  const named = [...readme.matchAll(/`npm (?:run )?(demo|test|bench|check)\b/g)].map(([, name = '']) => name)
  expect(named.length).toBeGreaterThanOrEqual(2)
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named))
})

test('the README counts the dependencies of core right', async () => {
  const { dependencies } = JSON.parse(await readFile(join(checkout, 'packages/core/package.json'), 'utf8'))
  const { packages } = JSON.parse(await readFile(join(checkout, 'package-lock.json'), 'utf8'))
  const all = countDependencies('packages/core', packages)
  expect(readme).toContain(
    `depends on ${['no', 'one', 'two', 'three', 'four', 'five', 'six'][Object.keys(dependencies).length]} packages`,
  )
  expect(readme).toContain(`${all.size} with all of theirs`)
})

interface LockEntry {
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
}

/** The places in node_modules of a package's dependencies, and of theirs. */
function countDependencies(from: string, packages: Record<string, LockEntry>, found = new Set<string>()): Set<string> {
  for (const name of Object.keys({ ...packages[from]?.dependencies, ...packages[from]?.optionalDependencies })) {
    const nested = `${from}/node_modules/${name}`
    const place = nested in packages ? nested : `node_modules/${name}`
    if (found.has(place)) continue
    found.add(place)
    countDependencies(place, packages, found)
  }
  return found
}
