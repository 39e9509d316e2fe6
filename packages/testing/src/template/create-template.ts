import { type ClusterSnapshot, collectGarbage, type OperationOptions, type Source } from '@pgfork/core'
import { findSource, openStateDirectory } from '@pgfork/core/companion'
import { findInitdb, identifyBinaries } from '../binaries/find-initdb.ts'
import { checkTemplateOptions, templateShape } from '../options.ts'
import { openBaseCluster } from './base-cluster.ts'
import { buildTemplate } from './build-template.ts'
import { type CachedTemplate, useTemplate } from './cached-template.ts'
import { chooseDriver } from './choose-driver.ts'
import { digestKey } from './digest-key.ts'
import { lockTemplate } from './lock-template.ts'
import { pruneTemplates } from './prune-templates.ts'
import { driverNames, sessionOptions } from './session-options.ts'
import type { Template } from './template.ts'
import { openTemplateDirectory } from './template-directory.ts'
import { templateHandle } from './template-handle.ts'
import type { TemplateOptions } from './template-options.ts'

/**
 * A cluster with everything that tests begin with, from which servers are forked. It is made once for its key and shared by
 * all processes and runs: while one process makes it, the others wait.
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
export async function createTemplate(given: TemplateOptions): Promise<Template> {
  checkTemplateOptions('createTemplate', given, templateShape)
  const options = await withDriver(given)
  const { name: family = 'template' } = options
  // What others left is of all drivers.
  const session = sessionOptions(given)
  const origin =
    options.source === undefined ? await originOfInitdb(options) : await originOfSource(options.source, session)
  const digest = await digestKey(options.key, [
    String(options.setup ?? ''),
    options.settings ?? {},
    options.database ?? '',
    driverNames(options),
    origin.identity,
  ])
  const name = `${family}-${digest.slice(0, 12)}`
  // Left by killed processes.
  const collected = collectGarbage(session).catch((error: unknown) => session.onWarning?.(String(error)))
  try {
    const state = await openStateDirectory(options.stateDirectory)
    let isNew = false
    const template = await lockTemplate(name, session, async (): Promise<CachedTemplate> => {
      const known = await useTemplate(state, name, session)
      if (known !== undefined) return known
      isNew = true
      return buildTemplate({ name, family, options, ...(await origin.open()) })
    })
    if (isNew) await pruneTemplates(session)
    return templateHandle(template, options)
  } finally {
    await collected
  }
}

/** With a driver for servers of a template in a folder of ours, if the caller chose none. */
async function withDriver(options: TemplateOptions): Promise<TemplateOptions> {
  if (options.driver !== undefined || options.source !== undefined) return options
  const driver = await chooseDriver(await openTemplateDirectory(options.directory), sessionOptions(options))
  return driver === undefined ? options : { ...options, driver }
}

/** The cluster that a template is made from. */
interface Origin {
  /** What distinguishes it, for the digest. */
  readonly identity: unknown
  open(): Promise<{ readonly source: Source | ClusterSnapshot; readonly major: number }>
}

async function originOfInitdb(options: TemplateOptions): Promise<Origin> {
  const { initdbOptions = [] } = options
  const [binDirectory, directory] = await Promise.all([
    findInitdb(options.binDirectory),
    openTemplateDirectory(options.directory),
  ])
  return {
    identity: ['initdb', await identifyBinaries(binDirectory), directory, initdbOptions],
    async open() {
      const request = { binDirectory, directory, initdbOptions, options: sessionOptions(options) }
      const { record, snapshot } = await openBaseCluster(request)
      return { source: snapshot, major: record.major }
    },
  }
}

async function originOfSource(source: Source | ClusterSnapshot, session: OperationOptions): Promise<Origin> {
  const { dataDirectory, major, snapshot } = await findSource(source, session)
  return { identity: ['source', dataDirectory, snapshot], open: async () => ({ source, major }) }
}
