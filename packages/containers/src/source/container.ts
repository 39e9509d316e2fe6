import process from 'node:process'
import type { SourceConnection } from '@pgfork/core'
import {
  checkOptions,
  type LocatedSource,
  noteExposed,
  optionChecks,
  type SourceAccess,
  type SourceElsewhere,
} from '@pgfork/core/companion'
import { checkEngine, findLocalAddress } from '../engine/check-engine.ts'
import { engineAt } from '../engine/engine.ts'
import { checkContainerName, findContainer } from '../engine/find-container.ts'
import { chooseImage } from '../engine/image.ts'
import { type InspectedContainer, nameOf, variableOf } from '../engine/inspect-container.ts'
import { limitsOf } from '../engine/limits.ts'
import { findDevices } from '../engine/volume-devices.ts'
import { checkImageVersion } from '../launcher/check-image-version.ts'
import { containerPlace } from '../launcher/place.ts'
import type { StartedContainer } from '../started/started-container.ts'
import { containerFiles } from './container-files.ts'
import { checkDirectory, findDataDirectory, linkedDirectory } from './data-directory.ts'
import { exposedPaths } from './exposed-paths.ts'
import { findRunningServer } from './find-running-server.ts'
import { foundElsewhere } from './found-elsewhere.ts'
import { guessConnection } from './guess-connection.ts'
import { pathsOf } from './paths.ts'
import { refuseRuntime } from './refuse-runtime.ts'

export interface ContainerOptions {
  /**
   * How to connect to its server: a connection string, or options of `pg.Client`. Default: as the image's variables POSTGRES_USER,
   * POSTGRES_PASSWORD and POSTGRES_DB say, at its own address.
   */
  readonly connection?: string | SourceConnection
  /**
   * `host`: forks listen on this machine's loopback, as every fork does, and their code reaches it. `none`: they listen on their Unix sockets
   * alone, and reach nothing. Default: `host` where the container has the machine's network itself, else `none`, so that what was shut off
   * from the machine stays so in a fork (H88).
   */
  readonly network?: 'host' | 'none'
  /** An image that is there already, with the same major version of PostgreSQL. Default: the container's own, by its digest. */
  readonly image?: string
}

/** A server in a container, as a `source`. */
export type ContainerSource = SourceElsewhere

const shape = {
  connection: () => {},
  network: optionChecks.oneOf(['host', 'none']),
  image: optionChecks.path,
}

/**
 * The PostgreSQL server of a container of this machine, running or stopped, as the source of forks, which run in containers of its image.
 * Its data directory must be a bind mount or a volume.
 *
 * @param target the name of the container, its id, or a service of compose that has one container; or a function that returns one that
 * testcontainers has started by the time when the source is used
 * @throws PgforkError `INVALID_OPTION`; when it is used, `CONTAINER_NOT_FOUND`, `CONTAINER_REFUSED`, `ENGINE_UNAVAILABLE`
 *
 * @example
 * await using fork = await createFork({ source: container('db') })
 *
 * @example
 * const test = createTest({ key, source: container(() => started), setup })
 */
export function container(target: string | (() => StartedContainer), options: ContainerOptions = {}): ContainerSource {
  if (typeof target !== 'function') checkContainerName(target)
  checkOptions('container', options, shape)
  return foundElsewhere({
    by: 'container',
    name: typeof target === 'string' ? target : 'container',
    connection: options.connection,
    async locate(access) {
      const name = typeof target === 'string' ? target : checkContainerName(target().getId())
      return locate(name, options, access)
    },
  })
}

/** Where its server runs, its program is found. */
const startFirst = (found: InspectedContainer): string =>
  `Start the container first: docker start ${nameOf(found)}. The program that its server runs is found then.`

async function locate(name: string, options: ContainerOptions, { runner }: SourceAccess): Promise<LocatedSource> {
  const address = await findLocalAddress(engineAt(runner), process.env)
  const engine = engineAt(runner, address)
  const finding = findContainer(engine, name)
  const [local, found, devices, image] = await Promise.all([
    checkEngine(engine, address),
    finding,
    finding.then((found) => findDevices(engine, found)),
    finding.then((found) => chooseImage(engine, options.image ?? found.Image)),
  ])
  refuseRuntime(found, local)
  const server = found.State.Running ? findRunningServer(found.State.Pid) : undefined
  const paths = pathsOf(found, devices)
  const inside = findDataDirectory(found, server)
  noteExposed(exposedPaths(paths))
  const dataDirectory = checkDirectory(found, inside, paths, server)
  const { network = found.HostConfig.NetworkMode === 'host' ? 'host' : 'none' } = options
  // What another image has where says nothing of this one.
  const own = image.id === found.Image ? server : undefined
  const place = containerPlace(local, image, {
    ...{
      network,
      shmBytes: found.HostConfig.ShmSize,
      libraryPath: own?.libraryPath,
      limits: limitsOf(found.HostConfig),
    },
  })
  if (image.id !== found.Image) await checkImageVersion(place, dataDirectory, runner)
  else if (!found.State.Running) await checkImageVersion(place, dataDirectory, runner, startFirst(found))
  const guess = guessConnection(found, dataDirectory)
  return {
    dataDirectory: dataDirectory.path,
    ...(guess === undefined ? {} : { guess }),
    role: variableOf(found, 'POSTGRES_USER') || 'postgres',
    elsewhere: {
      place,
      binDirectory: own?.binDirectory ?? '',
      owner: dataDirectory.owner,
      dataDirectory: inside,
      files: containerFiles(paths, dataDirectory.owner),
      directoryHere: linkedDirectory(found, paths, server),
      wal: dataDirectory.wal,
    },
  }
}
