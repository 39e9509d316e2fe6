import { listForks, listImports, listSnapshots, listStandbys } from '@pgfork/core'
import type { Command } from 'commander'
import { candidates } from '../completion/candidates.ts'
import { openContext } from '../context/context.ts'
import { terminal } from '../output/terminal.ts'

/** For the shells' completion. It reads no configuration: a key must run no code. Whatever fails, there are no candidates. */
export const addComplete = (program: Command): Command =>
  program
    .command('complete [words...]', { hidden: true })
    .passThroughOptions()
    .action(async (words: string[]) => {
      const { operation, interruption } = await openContext({ json: true, config: false })
      const namesOf = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name)
      try {
        const found = await candidates(program, words.length === 0 ? [''] : words, {
          forks: async () => namesOf(await listForks(operation)),
          snapshots: async () => namesOf(await listSnapshots(operation)),
          standbys: async () => namesOf(await listStandbys(operation)),
          imports: async () => namesOf(await listImports(operation)),
        })
        if (found.length > 0) terminal.out(found.join('\n'))
      } catch {
        // Nothing is better than an error in the middle of a line that is being typed.
      } finally {
        interruption.release()
      }
    })
