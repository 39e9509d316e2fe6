import { join } from 'node:path'
import { ownFolder } from './remove-identity.ts'

export const logFileOf = (dataDirectory: string): string => join(dataDirectory, ownFolder, 'server.log')

/** Names in a fork's data directory. */
export const configurationFile = 'postgresql.conf'
export const accessFile = 'pg_hba.conf'
