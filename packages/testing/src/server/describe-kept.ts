import process from 'node:process'
import type { OperationOptions } from '@pgfork/core'
import { findStateDirectory } from '@pgfork/core/companion'
import type { TestServer } from './test-server.ts'

/** How to look at a server whose test failed, for people. */
export function describeKept(
  { name, connectionString, logFile }: Pick<TestServer, 'name' | 'connectionString' | 'logFile'>,
  { stateDirectory }: OperationOptions,
): string {
  const where = isUsual(stateDirectory) ? '' : ` --state-directory '${stateDirectory}'`
  return [
    `The server ${name} is kept.`,
    `  connect: psql '${connectionString}'`,
    `  its log: ${logFile}`,
    `  remove:  npx pgfork-testing remove ${name}${where}`,
  ].join('\n')
}

/** Where the command line looks by itself, in a terminal that doesn't have this process's environment. */
const isUsual = (stateDirectory: string | undefined): boolean =>
  !process.env.PGFORK_STATE_DIRECTORY && (stateDirectory === undefined || stateDirectory === findStateDirectory())
