import { stat } from 'node:fs/promises'
import process from 'node:process'
import type { DriverContext } from '../driver/driver-context.ts'
import { runTreeCommand } from './run-driver-command.ts'

/** Flushes the file systems on which these directories lie, each once, with whatever else has been written to them. */
export async function flushFileSystems(paths: readonly string[], context: DriverContext): Promise<void> {
  const byDevice = new Map<number, string>()
  for (const path of paths) byDevice.set((await stat(path)).dev, path)
  // Linux alone has one that flushes one file system; BusyBox knows no longer word for it.
  const calls = process.platform === 'linux' ? [...byDevice.values()].map((path) => ['-f', path]) : [[]]
  if (byDevice.size > 0) for (const args of calls) await runTreeCommand('sync', args, context, (error) => error)
}
