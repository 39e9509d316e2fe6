import type { ClusterSnapshot, OperationOptions, Source } from '@pgfork/core'
import { findSource } from '@pgfork/core/companion'
import { findInitdb, identifyBinaries } from '../binaries/find-initdb.ts'
import { identifySystem } from '../binaries/identify-system.ts'
import { openBaseCluster } from './base-cluster.ts'
import { sessionOptions } from './session-options.ts'
import { openTemplateDirectory } from './template-directory.ts'
import type { TemplateOptions } from './template-options.ts'

/** The cluster that a template is made from. */
export interface Origin {
  /** What distinguishes it at the moment, for the digest. */
  identify(): Promise<unknown>
  open(): Promise<{ readonly source: Source | ClusterSnapshot; readonly major: number }>
}

export const originOf = (options: TemplateOptions, session: OperationOptions): Promise<Origin> =>
  options.source === undefined ? originOfInitdb(options) : originOfSource(options.source, options, session)

async function originOfInitdb(options: TemplateOptions): Promise<Origin> {
  const { initdbOptions = [] } = options
  const [binDirectory, directory] = await Promise.all([
    findInitdb(options.binDirectory),
    openTemplateDirectory(options.directory),
  ])
  return {
    identify: async () => ['initdb', await identifyBinaries(binDirectory), directory, initdbOptions],
    async open() {
      const request = { binDirectory, directory, initdbOptions, options: sessionOptions(options) }
      const { record, snapshot } = await openBaseCluster(request)
      return { source: snapshot, major: record.major }
    },
  }
}

async function originOfSource(
  source: Source | ClusterSnapshot,
  { binDirectory }: TemplateOptions,
  session: OperationOptions,
): Promise<Origin> {
  const { dataDirectory, major, snapshot } = await findSource(source, session)
  return {
    identify: async () => {
      const binaries = binDirectory === undefined ? await identifySystem() : await identifyBinaries(binDirectory)
      return ['source', dataDirectory, major, snapshot, binaries]
    },
    open: async () => ({ source, major }),
  }
}
