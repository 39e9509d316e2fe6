import { join } from 'node:path'
import { ownFolder } from './remove-identity.ts'

export const logFileOf = (dataDirectory: string): string => join(dataDirectory, ownFolder, 'server.log')
export const configurationFileOf = (dataDirectory: string): string => join(dataDirectory, 'postgresql.conf')
export const accessFileOf = (dataDirectory: string): string => join(dataDirectory, 'pg_hba.conf')
