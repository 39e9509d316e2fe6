import { join } from 'node:path'
import process from 'node:process'
import { listForks } from '@pgfork/core'
import { expectNoLeaks, snapshotSystem } from '../test/support/leaks/index.ts'
import { catchInterruption, type Interruption } from './interruption.ts'
import { type DemoOptions, readOptions, sourceMb, usage } from './options.ts'
import { Screen } from './screen.ts'
import { stateDirectory, tellStory } from './story.ts'
import { paint } from './style.ts'
import { makeWorkFolder } from './work-folder.ts'

const walBytes = 1536 * 1024 * 1024

async function showDemo(options: DemoOptions, interruption: Interruption): Promise<void> {
  const { signal } = interruption
  const [screen, ending] = [new Screen(), new Screen()]
  await using folder = await makeWorkFolder(2 * sourceMb(options.scale) * 1024 * 1024 + walBytes)
  const state = stateDirectory(folder.path)
  await listForks({ stateDirectory: state })
  // Which timelines were given away is kept, so that they are never given again; and PostgreSQL may come from npm.
  const before = await snapshotSystem({
    folders: [folder.path],
    exceptFilesIn: [join(state, 'timelines'), join(folder.path, 'npm')],
  })
  signal.addEventListener('abort', () => {
    screen.close()
    ending.line()
    ending.underWay(() => 'interrupted: taking everything down')
  })
  try {
    await tellStory({ screen, options, folder: folder.path, signal })
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    screen.close()
  }
  await expectNoLeaks(before)
  ending.underWay()
  ending.line(`  ${paint('green', '✔')} nothing is left: no process, port, mount, loop device or file`)
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  using interruption = catchInterruption()
  console.log(`${paint('bold', 'pgfork: fork a PostgreSQL server while it works')}\n`)
  await showDemo(options, interruption)
  return interruption.exitCode ?? 0
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
