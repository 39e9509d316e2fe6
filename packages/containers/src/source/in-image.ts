import process from 'node:process'
import type { SourceConnection } from '@pgfork/core'
import {
  checkDataDirectory,
  checkOptions,
  type LocatedSource,
  namedFiles,
  optionChecks,
  type SourceAccess,
  type SourceElsewhere,
} from '@pgfork/core/companion'
import { checkEngine, findLocalAddress } from '../engine/check-engine.ts'
import { engineAt } from '../engine/engine.ts'
import { chooseImage } from '../engine/image.ts'
import { checkImageVersion } from '../launcher/check-image-version.ts'
import { containerPlace } from '../launcher/place.ts'
import { foundElsewhere } from './found-elsewhere.ts'

export interface InImageOptions {
  /** Data directory of a cluster on this machine, running or stopped. */
  readonly dataDirectory: string
  /** As for every source. */
  readonly connection?: string | SourceConnection
  /** As for `container`. Default `host`, as its server has it. */
  readonly network?: 'host' | 'none'
}

const shape = {
  dataDirectory: optionChecks.path,
  connection: () => {},
  network: optionChecks.oneOf(['host', 'none']),
}

/**
 * A cluster of this machine as the source of forks that run in containers of an image, where no PostgreSQL of its version is installed.
 *
 * @param image one that is there already (`docker pull`), of the cluster's major version, with the same C library and locales as the
 * source's: otherwise indexes on text may be in another order
 * @throws PgforkError `INVALID_OPTION`; when it is used, `CONTAINER_NOT_FOUND`, `VERSION_MISMATCH`, `ENGINE_UNAVAILABLE`
 *
 * @example
 * createFork({ source: inImage('postgres:17', { dataDirectory: '/srv/pg/main' }) })
 */
export function inImage(image: string, options: InImageOptions): SourceElsewhere {
  checkOptions('inImage', options, shape)
  const { connection } = options
  return foundElsewhere({
    by: 'inImage',
    name: 'image',
    connection,
    locate: (access) => locate(image, options, access),
  })
}

async function locate(
  image: string,
  { dataDirectory: given, network = 'host' }: InImageOptions,
  { runner }: SourceAccess,
): Promise<LocatedSource> {
  const { dataDirectory, owner, major } = await checkDataDirectory(given)
  const address = await findLocalAddress(engineAt(runner), process.env)
  const engine = engineAt(runner, address)
  const [local, chosen] = await Promise.all([checkEngine(engine, address), chooseImage(engine, image)])
  const place = containerPlace(local, chosen, { network })
  await checkImageVersion(place, { major, owner }, runner)
  return {
    dataDirectory,
    elsewhere: {
      place,
      binDirectory: '',
      dataDirectory,
      files: namedFiles(owner, runner),
    },
  }
}
