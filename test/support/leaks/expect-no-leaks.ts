import { waitUntil } from '../wait-until.ts'
import { collect, type Kind, type SystemSnapshot } from './snapshot-system.ts'

/** What must neither come nor go: files and processes of a living source do both. */
const lasting: readonly Kind[] = ['mounts', 'loop devices', 'Btrfs subvolumes']

export interface ExpectNoLeaksOptions {
  /** For what disappears a moment later, as a loop device does. Default 10,000. */
  readonly timeoutMs?: number
}

/** @throws Error that lists, by kind, what has been left since the snapshot, and storage that is gone. */
export async function expectNoLeaks(
  before: SystemSnapshot,
  { timeoutMs = 10_000 }: ExpectNoLeaksOptions = {},
): Promise<void> {
  let differences: string[] = []
  await waitUntil(
    async () => {
      differences = await findDifferences(before)
      return differences.length === 0
    },
    { timeoutMs, pauseMs: 100, what: () => `return to the state before:\n${differences.join('\n')}` },
  )
}

async function findDifferences({ scope, found, running }: SystemSnapshot): Promise<string[]> {
  const now = await collect(scope, running)
  return (Object.keys(now) as Kind[]).flatMap((kind) => {
    const left = now[kind].filter((entry) => !found[kind].includes(entry))
    const gone = lasting.includes(kind) ? found[kind].filter((entry) => !now[kind].includes(entry)) : []
    return [...describe(`${kind} left behind`, left), ...describe(`${kind} gone`, gone)]
  })
}

function describe(what: string, entries: readonly string[]): string[] {
  if (entries.length === 0) return []
  const shown = entries.slice(0, 20).map((entry) => `  ${entry}`)
  return [
    `${what}:`,
    ...shown,
    ...(entries.length > shown.length ? [`  and ${entries.length - shown.length} more`] : []),
  ]
}
