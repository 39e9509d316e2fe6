import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const configNames = ['pgfork.config.ts', 'pgfork.config.json'] as const

/** The first configuration file in a folder or in one above it. */
export function findConfig(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const found = configNames.map((name) => join(folder, name)).find((path) => existsSync(path))
    if (found !== undefined || folder === dirname(folder)) return found
  }
}
