import { findClientTool } from '../system/find-client-tool.ts'
import type { Load, LoadOptions, LoadTarget } from './load.ts'
import { startNodeLoad } from './start-node-load.ts'
import { startPgbench } from './start-pgbench.ts'

/** pgbench where it is installed, else clients of this process with the same transaction. */
export async function startLoad(target: LoadTarget, options: LoadOptions = {}): Promise<Load> {
  return (await findClientTool('pgbench')) === undefined
    ? startNodeLoad(target, options)
    : startPgbench(target, options)
}
