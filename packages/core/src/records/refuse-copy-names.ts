import { PgforkError } from '../errors/pgfork-error.ts'
import type { StateDirectory } from '../state/state-directory.ts'
import { importStore } from './import-record.ts'
import { standbyStore } from './standby-record.ts'

/** Forks, standbys and imports have their names from one pool: ports are held by name. @throws PgforkError `NAME_TAKEN` */
export async function refuseCopyNames(state: StateDirectory, name: string): Promise<void> {
  const stores = { standby: standbyStore(state), import: importStore(state) }
  for (const [kind, store] of Object.entries(stores))
    if (await store.exists(name))
      throw new PgforkError(
        'NAME_TAKEN',
        `There is already a ${kind === 'standby' ? 'standby' : 'import'} named ${name}. Choose another name.`,
        {
          facts: { name },
        },
      )
}
