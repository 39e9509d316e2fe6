import { mkdir } from 'node:fs/promises'
import pg from 'pg'
import { giveToServerUser } from '../system/server-user.ts'
import type { Cluster } from './cluster.ts'

/** Makes an empty tablespace in `directory`, which is made, too. Who made the storage below it removes it. */
export async function createTablespace(cluster: Cluster, name: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await giveToServerUser(directory)
  await cluster.query(`CREATE TABLESPACE ${pg.escapeIdentifier(name)} LOCATION ${pg.escapeLiteral(directory)}`)
}
