import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import manifest from '../../package.json' with { type: 'json' }
import type { ErrorCode } from './codes.ts'

const { homepage } = manifest as { readonly homepage?: string }

/**
 * Where to read about an error's code: on the documentation's site, once the package tells its address; else in the pages that come with
 * this package. Undefined where a bundler has left those behind.
 */
export function helpOf(code: ErrorCode, site = homepage): string | undefined {
  if (site !== undefined) return `${site}/errors.html#${code.toLowerCase()}`
  const folder = findDocs()
  return folder && `${pathToFileURL(join(folder, 'errors.md')).href}#${code.toLowerCase()}`
}

let found: { readonly folder: string | undefined } | undefined

/** The folder of the pages that come with this package. */
export function findDocs(): string | undefined {
  found ??= { folder: lookForDocs() }
  return found.folder
}

function lookForDocs(): string | undefined {
  try {
    const root = dirname(createRequire(import.meta.url).resolve('@pgfork/core/package.json'))
    return existsSync(join(root, 'docs', 'errors.md')) ? join(root, 'docs') : undefined
  } catch {
    return undefined
  }
}
