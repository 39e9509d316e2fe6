import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { CommandError, type UserIdentity } from '@pgfork/core'
import { codeBlocks } from './code-blocks.ts'
import { makeWorkFolder } from './system/make-work-folder.ts'
import { runner } from './system/runner.ts'

const pages = resolve(import.meta.dirname, '../../docs/drivers')

export interface RightsRequest {
  /** Whose page in docs/drivers. */
  readonly storage: 'copy' | 'btrfs' | 'lvm' | 'overlay' | 'zfs'
  readonly user: UserIdentity
  /** What stands in the page, and what is meant here; the first ones first. */
  readonly names: readonly (readonly [string, string])[]
  /** In place of /srv: where only root may make something. Default: a temporary folder. */
  readonly folder?: string
}

export interface Rights extends AsyncDisposable {
  /** Of the driver, as the page has them. */
  readonly options: { readonly directory: string; readonly mountDirectory?: string; readonly volatile?: boolean }
}

/** Gives a user the rights that the driver's page names, by the lines that stand there. Disposing of them takes them away. */
export async function grantRights({ storage, user, names, folder: given }: RightsRequest): Promise<Rights> {
  const folder = given ?? (await makeWorkFolder('rights'))
  const here: RightsRequest['names'] = [
    ...[['-o postgres', `-o ${user.uid}`] as const, ['-g postgres', `-g ${user.gid}`] as const],
    ['postgres ALL', `#${user.uid} ALL`],
    ['/srv/', `${folder}/`],
  ]
  const read = await readSection(join(pages, `${storage}.md`))
  const block = (language: string): string | undefined =>
    [...names, ...here].reduce((text, [from, to]) => text?.replaceAll(from, to), read(language))
  const options = readOptions(block('ts') ?? '')
  const sudoersFile = `/etc/sudoers.d/pgfork-test-${process.pid}-${user.uid}`
  const sudoers = block('sudoers')
  const remove = async (): Promise<void> => {
    await rm(sudoersFile, { force: true })
    for (const path of Object.values(options))
      if (typeof path === 'string') await rm(path, { recursive: true, force: true })
    if (given === undefined) await rm(folder, { recursive: true, force: true })
  }
  try {
    await runner.run('sh', ['-ec', block('sh') ?? 'false'])
    if (sudoers !== undefined) {
      const draft = join(folder, 'sudoers')
      await writeFile(draft, sudoers)
      await runner.run('visudo', ['-cf', draft])
      await runner.run('install', ['-m', '0440', draft, sudoersFile])
    }
    return { options, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** The code of the section "Without root", by its language. */
async function readSection(page: string): Promise<(language: string) => string | undefined> {
  const [, text] = (await readFile(page, 'utf8')).split('\n## Without root\n')
  if (text === undefined) throw new Error(`${page} has no section "Without root".`)
  const blocks = codeBlocks(text.split('\n## ')[0] ?? '')
  return (language) => blocks.find((block) => block.language === language)?.code
}

/** What is between the parentheses of `lvm({ .. })`. */
function readOptions(code: string): Rights['options'] {
  const [, literal = ''] = /(?:copy|btrfs|lvm|overlay|zfs)\((\{.*?\})\)/.exec(code) ?? []
  return JSON.parse(literal.replaceAll("'", '"').replaceAll(/(\w+): /g, '"$1": '))
}

/** Whether sudo lets a user run exactly this as root. It isn't run. */
export async function maySudo(user: UserIdentity, command: readonly string[]): Promise<boolean> {
  try {
    await runner.run('sudo', ['-n', '-l', '--', ...command], { user })
    return true
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === 1) return false
    throw error
  }
}
