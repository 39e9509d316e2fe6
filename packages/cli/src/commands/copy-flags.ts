import process from 'node:process'
import { Option } from 'commander'
import { usageError } from '../output/usage-error.ts'
import { refusePassword } from './refuse-password.ts'

/** What `standby create` and `import` are told in common. */
export interface CopyFlags {
  readonly name: string
  readonly directory: string
  readonly owner?: string
  readonly passfile?: string
  readonly binDirectory?: string
}

export const copyOptions = () => [
  new Option('--name <name>', 'by which it is called from then on').makeOptionMandatory(),
  new Option('--directory <path>', 'for it alone, on the storage that forks are to be made on').makeOptionMandatory(),
  new Option('--owner <user>', 'whom the servers run as, for root; else postgres'),
  new Option(
    '--passfile <file>',
    'the password, in the format of ~/.pgpass, in a file that only that user can read; else it is kept in one',
  ),
  new Option('--bin-directory <path>', "PostgreSQL's programs here; else searched"),
]

/** @throws PgforkError `INVALID_OPTION` */
export function readCopyFlags(url: string | undefined, { name, directory, owner, passfile, binDirectory }: CopyFlags) {
  if (url !== undefined) refusePassword(url, 'PGFORK_FROM')
  const from = url ?? process.env.PGFORK_FROM
  if (!from) throw usageError('Give the URL of the server elsewhere, or set PGFORK_FROM.', 'url')
  return {
    ...{ name, directory, from },
    ...(owner === undefined ? {} : { owner }),
    ...(passfile === undefined ? {} : { passfile }),
    ...(binDirectory === undefined ? {} : { binDirectory }),
  }
}
