import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { listForks } from '@pgfork/core'
import { execa, type ResultPromise } from 'execa'
import { afterEach, beforeEach, expect } from 'vitest'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { type CommandBench, describeCommand } from './describe-command.ts'

interface ForkOfBranch {
  readonly name: string
  readonly port: number
  readonly isRunning: boolean
  readonly forBranch: { readonly worktree: string; readonly branch: string | null; readonly isNew: boolean }
}

interface Collected {
  readonly garbage: readonly { readonly kind: string; readonly name: string; readonly reason: string }[]
  readonly warnings: readonly string[]
}

/** A git repository with one commit on `main`, for each test, and the command in it. */
export interface BranchWorkbench {
  /** Holds the repository, with room for worktrees; its `bin` comes first in git's PATH. */
  readonly folder: string
  readonly repository: string
  git(cwd: string, ...words: string[]): ResultPromise<{ readonly env: NodeJS.ProcessEnv }>
  create(cwd: string, environment?: Readonly<Record<string, string>>): Promise<ForkOfBranch>
  gc(...words: string[]): Promise<Collected>
  names(): Promise<string[]>
}

/** Tests of forks by branch. After each its forks go, protected ones too, and nothing may be left. */
export const describeBranches = (body: (bench: CommandBench, at: BranchWorkbench) => void): Promise<void> =>
  describeCommand('btrfs', (bench) => {
    let folder: string
    const at: BranchWorkbench = {
      get folder() {
        return folder
      },
      get repository() {
        return join(folder, 'shop')
      },
      git: (cwd, ...words) =>
        execa('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...words], {
          ...{
            cwd,
            env: { ...bench.environment, GIT_CONFIG_GLOBAL: '/dev/null', PATH: `${folder}/bin:${process.env.PATH}` },
          },
        }),
      async create(cwd, environment = {}) {
        const { status, stdout } = await bench.pgfork(['create', '--for-branch', '--json'], { cwd, environment })
        expect(status, stdout).toBe(0)
        return JSON.parse(stdout) as ForkOfBranch
      },
      async gc(...words) {
        const { status, stdout } = await bench.pgfork(['gc', '--json', ...words])
        expect(status, stdout).toBe(0)
        return JSON.parse(stdout) as Collected
      },
      names: async () => (await listForks(bench.options)).map(({ name }) => name),
    }

    beforeEach(async () => {
      folder = await makeWorkFolder('branches')
      await mkdir(join(folder, 'bin'))
      await mkdir(at.repository)
      await at.git(at.repository, 'init', '--quiet', '--initial-branch=main')
      await at.git(at.repository, 'commit', '--quiet', '--allow-empty', '--message=first')
    })
    afterEach(async () => {
      for (const name of await at.names()) {
        await bench.pgfork(['protect', name, '--off'])
        expect(await bench.pgfork(['destroy', name, '-y'])).toMatchObject({ status: 0 })
      }
      await rm(join(bench.stateDirectory, 'branches'), { recursive: true, force: true })
      await rm(join(bench.stateDirectory, 'locks'), { recursive: true, force: true })
      await rm(folder, { recursive: true })
      await expectNothingLeft(bench)
    })
    body(bench, at)
  })
