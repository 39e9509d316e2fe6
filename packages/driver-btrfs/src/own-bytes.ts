import { type CloneReference, type DriverContext, PgforkError } from '@pgfork/core/driver'
import { attach } from './attach.ts'
import { runBtrfs } from './command.ts'
import type { Settings } from './options.ts'

/** As btrfs-filesystem(8) `du` counts it: extents of files that no other file has. It looks at every file. */
export async function ownBytes(clone: CloneReference, settings: Settings, context: DriverContext): Promise<number> {
  const path = await attach(clone)
  const output = await runBtrfs(['filesystem', 'du', '--summarize', '--raw', path], settings, context)
  const [, exclusive] = /^\s*\d+\s+(\d+)\s/m.exec(output) ?? []
  if (exclusive !== undefined) return Number(exclusive)
  throw new PgforkError('COMMAND_FAILED', `btrfs filesystem du told of ${path} what is not understood: ${output}`, {
    facts: { path },
  })
}
