import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClusterSnapshot, collectGarbage, PgforkError, type SourceOptions } from '@pgfork/core'
import { openStateDirectory } from '@pgfork/core/companion'
import { findInitdb, identifyBinaries } from '../binaries/find-initdb.ts'
import { openBaseCluster } from './base-cluster.ts'
import { buildTemplate } from './build-template.ts'
import { type CachedTemplate, useTemplate } from './cached-template.ts'
import { digestKey } from './digest-key.ts'
import { lockTemplate } from './lock-template.ts'
import { pruneTemplates } from './prune-templates.ts'
import { sessionOptions } from './session-options.ts'
import type { Template } from './template.ts'
import { openTemplateDirectory } from './template-directory.ts'
import { templateHandle } from './template-handle.ts'
import type { TemplateOptions } from './template-options.ts'

/**
 * A cluster with everything that tests begin with, of which servers are forked in a moment. It is made once for its content
 * and shared by all processes and runs: who comes while another process makes it waits for that one.
 *
 * @example
 * const template = await createTemplate({
 *   key: { files: 'migrations/*.sql' },
 *   setup: ({ connectionString }) => migrate(connectionString),
 * })
 * await using server = await template.fork()
 *
 * @throws PgforkError `SETUP_FAILED` when `setup` threw; `INVALID_OPTION`, `BINARIES_NOT_FOUND`, and what `createFork` throws
 */
export async function createTemplate(options: TemplateOptions): Promise<Template> {
  const family = checkFamily(options.name)
  const session = sessionOptions(options)
  const origin = options.source === undefined ? await originOfInitdb(options) : originOfSource(options.source)
  const digest = await digestKey(options.key, [
    String(options.setup ?? ''),
    options.settings ?? {},
    options.database ?? '',
    [options.driver ?? []].flat().map(({ name }) => name),
    origin.identity,
  ])
  const name = `${family}-${digest.slice(0, 12)}`
  // What killed processes left; whoever makes or uses servers looks after it.
  const collected = collectGarbage(session).catch((error: unknown) => session.onWarning?.(String(error)))
  try {
    const state = await openStateDirectory(options.stateDirectory)
    let isNew = false
    const template = await lockTemplate(name, session, async (): Promise<CachedTemplate> => {
      const known = await useTemplate(state, name, session)
      if (known !== undefined) return known
      isNew = true
      const source = await origin.open()
      return buildTemplate({ name, family, options, source, major: await majorOf(source) })
    })
    if (isNew) await pruneTemplates(session)
    return templateHandle(template, options)
  } finally {
    await collected
  }
}

/** What a template begins with. */
interface Origin {
  /** What tells it from others, for the digest. */
  readonly identity: unknown
  open(): Promise<ClusterSnapshot | SourceOptions>
}

async function originOfInitdb(options: TemplateOptions): Promise<Origin> {
  const [binDirectory, directory] = await Promise.all([
    findInitdb(options.binDirectory),
    openTemplateDirectory(options.directory),
  ])
  return {
    identity: ['initdb', await identifyBinaries(binDirectory), directory],
    open: () => openBaseCluster({ binDirectory, directory, options: sessionOptions(options) }),
  }
}

function originOfSource(source: string | SourceOptions): Origin {
  const options = typeof source === 'string' ? { dataDirectory: source } : source
  return { identity: ['source', options.dataDirectory], open: async () => options }
}

async function majorOf(source: ClusterSnapshot | SourceOptions): Promise<number> {
  if ('kind' in source) return source.record.source.major
  const version = await readFile(join(source.dataDirectory, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    throw new PgforkError('SOURCE_NOT_A_CLUSTER', `${source.dataDirectory} has no PG_VERSION that can be read.`, {
      cause: error,
    })
  })
  return Number.parseInt(version, 10)
}

function checkFamily(name = 'template'): string {
  if (/^[a-z0-9][a-z0-9._-]{0,23}$/.test(name)) return name
  throw new PgforkError('INVALID_OPTION', `name must be 1 to 24 of "a-z 0-9 . _ -", not ${JSON.stringify(name)}.`)
}
