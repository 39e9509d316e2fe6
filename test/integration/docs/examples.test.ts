import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { listForks } from '@pgfork/core'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BtrfsStorage, createBtrfs, whyNoLoopMounts } from '../../support/storage/index.ts'
import { createProject } from './create-project.ts'

interface Example {
  readonly folder: string
  /** The runner's program below node_modules, and its arguments; none: Node itself. */
  readonly program?: string
  readonly args?: readonly string[]
  readonly nodeOptions?: string
  /** What the runner says when every test has passed. */
  readonly summary: RegExp
}

const examples: readonly Example[] = [
  { folder: 'testing-vitest', program: 'vitest/vitest.mjs', args: ['run'], summary: /Tests {2}2 passed \(2\)/ },
  { folder: 'testing-node-test', args: ['--test', '--test-reporter=tap'], summary: /# pass 2\n# fail 0/ },
  {
    folder: 'testing-jest',
    program: 'jest/bin/jest.js',
    nodeOptions: '--experimental-vm-modules',
    summary: /Tests: +2 passed, 2 total/,
  },
  { folder: 'testing-mocha', program: 'mocha/bin/mocha.js', args: ['users.test.js'], summary: /2 passing/ },
  { folder: 'testing-ava', program: 'ava/entrypoints/cli.mjs', args: ['users.test.js'], summary: /2 tests passed/ },
  { folder: 'testing-playwright', program: '@playwright/test/cli.js', args: ['test'], summary: /2 passed/ },
  { folder: 'testing-migrations', program: 'vitest/vitest.mjs', args: ['run'], summary: /Tests {2}4 passed \(4\)/ },
]

const obstacle = await whyNoLoopMounts('btrfs')

describe.skipIf(obstacle !== undefined)(`the examples${obstacle ? `, skipped: ${obstacle}` : ''}`, () => {
  let project: Awaited<ReturnType<typeof createProject>>
  let storage: BtrfsStorage
  let stateDirectory: string
  let templateDirectory: string

  beforeAll(async () => {
    storage = await createBtrfs()
    stateDirectory = join(storage.path, 'state')
    templateDirectory = join(storage.path, 'templates')
    await mkdir(stateDirectory, { mode: 0o700 })
    await mkdir(templateDirectory)
    await chmod(templateDirectory, 0o711)
    project = await createProject()
  })
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]()
    await storage?.[Symbol.asyncDispose]()
  })

  test.each(examples)('$folder passes in its own runner and leaves no server', async (example) => {
    const { folder, program, args = [], nodeOptions = '', summary } = example
    const command = program === undefined ? args : [join(project.path, 'node_modules', program), ...args]
    const { VITEST: _vitest, CI: _ci, ...inherited } = process.env
    const { all, exitCode } = await execa(process.execPath, command, {
      cwd: join(project.path, folder),
      all: true,
      reject: false,
      extendEnv: false,
      env: {
        ...inherited,
        NO_COLOR: '1',
        NODE_OPTIONS: nodeOptions,
        PGFORK_STATE_DIRECTORY: stateDirectory,
        PGFORK_TEMPLATE_DIRECTORY: templateDirectory,
      },
    })
    expect(exitCode, all).toBe(0)
    expect(all).toMatch(summary)
    expect(await listForks({ stateDirectory })).toEqual([])
  })
})
