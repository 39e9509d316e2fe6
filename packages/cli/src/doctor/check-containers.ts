import { findEngine } from '@pgfork/containers'
import { createRunner, isPgforkError } from '@pgfork/core'
import type { Context } from '../context/context.ts'
import { findProgram } from './find-program.ts'
import { type Finding, ok, warning } from './finding.ts'

/** One that answers does so at once. */
const timeoutMs = 10_000

/** Where there is no such command, nobody has containers to fork. */
export async function checkContainers({ interruption }: Context): Promise<Finding[]> {
  if (findProgram('docker') === undefined) return []
  const { signal } = interruption
  const runner = createRunner()
  try {
    const { address } = await findEngine({
      ...runner,
      run: (file, args, options) => runner.run(file, args, { timeoutMs, signal, ...options }),
    })
    return [ok('machine.containers', `The container engine at ${address} can be used.`)]
  } catch (error) {
    if (!isPgforkError(error)) throw error
    return [
      warning(
        'machine.containers',
        `Servers in containers can't be forked: ${error.message}`,
        'See docs/containers.md.',
      ),
    ]
  }
}
