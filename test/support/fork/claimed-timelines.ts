import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface ClaimedTimeline {
  readonly timeline: number
  /** The name of the fork that has it. */
  readonly holder: string
}

/** Timelines that forks of a state directory hold. */
export async function claimedTimelines({ stateDirectory }: { stateDirectory: string }): Promise<ClaimedTimeline[]> {
  const folder = join(stateDirectory, 'timelines')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Promise.all(
    files.map(async ({ parentPath, name }) => ({
      timeline: Number(name),
      holder: await readFile(join(parentPath, name), 'utf8'),
    })),
  )
}
