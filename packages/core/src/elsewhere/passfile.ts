import { basename, dirname } from 'node:path'
import type { CommandRunner, UserIdentity } from '../command/command-runner.ts'
import { createFile } from '../files/create-file.ts'
import { Directory } from '../files/directory.ts'
import { namedFiles } from '../files/named-files.ts'
import { removeTree } from '../files/remove-tree.ts'
import type { ServerAddress } from './server-address.ts'

/** Where the password of a server elsewhere is kept, in libpq's format; one that the caller named stays his. */
export interface Passfile {
  readonly path: string
  readonly isOurs: boolean
}

/** Only its owner may read it: libpq ignores one that others can. @throws EEXIST */
export function writePassfile(path: string, address: ServerAddress, password: string, owner: UserIdentity): void {
  using folder = Directory.open(dirname(path))
  createFile(folder, basename(path), formatPassfile(address, password), owner)
}

export function removePassfile({ path, isOurs }: Passfile): void {
  if (!isOurs) return
  using folder = Directory.find(dirname(path))
  if (folder !== undefined) removeTree(folder, basename(path))
}

/** The password in it, read with the rights of the user whose servers read it. */
export async function readPassfile(
  { path }: Passfile,
  address: ServerAddress,
  owner: UserIdentity,
  runner: CommandRunner,
): Promise<string | undefined> {
  const text = await namedFiles(owner, runner).readText(path)
  return text === undefined ? undefined : findPassword(text, address)
}

/** Also for replication, whose database is called so there: any. */
const formatPassfile = ({ host, port, user }: ServerAddress, password: string): string =>
  `${[host, String(port)].map(escapeField).join(':')}:*:${[user, password].map(escapeField).join(':')}\n`

/** As libpq's "The Password File" has it: the first line that fits, in which `*` is anything. */
export function findPassword(text: string, { host, port, user, database }: ServerAddress): string | undefined {
  for (const line of text.split(/\r*\n|\r+$/)) {
    if (line === '' || line.startsWith('#')) continue
    const fields = [...line.matchAll(/(?:^|:)((?:\\.|[^\\:])*)/g)].map(([, field = '']) => field)
    const password = fields[4]
    const wanted = [host, String(port), undefined, user]
    const fits = wanted.every((value, index) => {
      const field = fields[index]
      if (field === '*') return true
      const found = unescapeField(field ?? '')
      return value === undefined ? ['replication', database].includes(found) : found === value
    })
    if (password !== undefined && fits) return unescapeField(password)
  }
  return undefined
}

const escapeField = (text: string): string => text.replaceAll(/[\\:]/g, '\\$&')
const unescapeField = (text: string): string => text.replaceAll(/\\(.)/g, '$1')
