import type { OperationOptions } from '@pgfork/core'
import type { TestServer } from './test-server.ts'

/** How to look at a server whose test failed, for people. */
export function describeKept(
  { name, connectionString, logFile }: Pick<TestServer, 'name' | 'connectionString' | 'logFile'>,
  { stateDirectory }: OperationOptions,
): string {
  const where = stateDirectory === undefined ? '' : ` --state-directory '${stateDirectory}'`
  return [
    `The server ${name} is kept.`,
    `  connect: psql '${connectionString}'`,
    `  its log: ${logFile}`,
    `  remove:  npx pgfork-testing remove ${name}${where}`,
  ].join('\n')
}
