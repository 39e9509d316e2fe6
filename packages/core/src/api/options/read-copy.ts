import { realpathSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import process from 'node:process'
import type { CommandRunner, UserIdentity } from '../../command/command-runner.ts'
import { planPassfile } from '../../elsewhere/copy-folder.ts'
import type { Reach } from '../../elsewhere/open-sessions.ts'
import { findPassword, type Passfile } from '../../elsewhere/passfile.ts'
import { readServerUrl, type ServerAddress } from '../../elsewhere/server-address.ts'
import { namedFiles } from '../../files/named-files.ts'
import { validateName } from '../../names/validate-name.ts'
import type { CreateStandbyOptions, ImportDatabaseOptions } from './copy-options.ts'
import { readOwner } from './read-owner.ts'

/** What a standby and an import are told in common. */
export interface GivenCopy {
  readonly name: string
  readonly address: ServerAddress
  readonly directory: string
  readonly owner: UserIdentity
  readonly reach: Reach
  /** Undefined where no password is needed. */
  readonly passfile: Passfile | undefined
}

/** @throws PgforkError `INVALID_OPTION`, `INVALID_NAME` */
export async function readCopy(
  options: CreateStandbyOptions | ImportDatabaseOptions,
  runner: CommandRunner,
): Promise<GivenCopy> {
  const name = validateName(options.name)
  const { address, password: given } = readServerUrl(options.from, 'from')
  const directory = realPlace(options.directory)
  const owner = readOwner(options.owner)
  const file = options.passfile === undefined ? undefined : resolve(options.passfile)
  const password =
    file === undefined ? (given ?? (await findOwnPassword(address))) : await readIn(file, address, owner, runner)
  const reach = { address, password: password ?? '' }
  return { name, address, directory, owner, reach, passfile: planPassfile(directory, file, password) }
}

/** Its parent is there; what root works with by path must lead through no link. */
function realPlace(given: string): string {
  const path = resolve(given)
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return path
  }
}

/** The caller's environment counts only now: what is made outlives it. */
async function findOwnPassword(address: ServerAddress): Promise<string | undefined> {
  if (process.env.PGPASSWORD) return process.env.PGPASSWORD
  const path = process.env.PGPASSFILE || join(homedir(), '.pgpass')
  const text = await readFile(path, 'utf8').catch(() => '')
  return findPassword(text, address)
}

/** With the rights of those who will read it. */
async function readIn(
  file: string,
  address: ServerAddress,
  owner: UserIdentity,
  runner: CommandRunner,
): Promise<string | undefined> {
  const text = await namedFiles(owner, runner).readText(file)
  return text === undefined ? undefined : findPassword(text, address)
}
