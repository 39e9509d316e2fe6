import process from 'node:process'
import { type ContainerSource, container as containerSource } from '@pgfork/containers'
import type { SourceOptions } from '@pgfork/core'
import { rbd } from '@pgfork/driver-rbd'
import { Option } from 'commander'
import type { PgforkConfig } from '../config/pgfork-config.ts'
import { usageError } from '../output/usage-error.ts'
import { refusePassword } from './refuse-password.ts'

export const containerOption = () =>
  new Option('--container <name>', 'the server of this Docker container, or of a service of compose')

export const networkOption = () =>
  new Option(
    '--network <network>',
    'with --container: host, so that it listens on 127.0.0.1, or none; else as the container',
  ).choices(['host', 'none'])

export const volumeOption = () =>
  new Option(
    '--volume <volume>',
    'with a URL of a server on another host: its volume in storage that this one reaches, as rbd:pool/image',
  )

/** What says which container, or which volume of another host. */
export interface SourceFlags {
  readonly volume?: string | undefined
  readonly container?: string | undefined
  readonly network?: 'host' | 'none' | undefined
}

/** The command line's, the environment's or the configuration's. @throws PgforkError `INVALID_OPTION` */
export function readCluster(
  configured: PgforkConfig['source'],
  given: string | undefined,
  { container, network, volume }: SourceFlags = {},
): NonNullable<PgforkConfig['source']> | ContainerSource {
  if (container !== undefined) {
    if (given !== undefined) throw usageError('Give either a source, or --container.', 'source')
    return containerSource(container, network === undefined ? {} : { network })
  }
  if (network !== undefined) throw usageError('--network is for --container.', '--network')
  if (given !== undefined) refusePassword(given)
  const found = given ?? (process.env.PGFORK_SOURCE || configured)
  if (volume !== undefined) return onVolume(found, volume)
  if (found !== undefined) return found
  throw usageError(
    'There is no source: give a data directory, a connection URL or --container, set PGFORK_SOURCE, or write source into pgfork.config.json.',
    'source',
  )
}

/** @throws PgforkError `INVALID_OPTION` */
function onVolume(source: PgforkConfig['source'], volume: string): SourceOptions {
  const reference = readVolume(volume)
  if (typeof source !== 'string' || !/^postgres(ql)?:/.test(source))
    throw usageError('--volume needs the URL of the server on the other host.', '--volume')
  return { connection: source, volume: reference }
}

/** `rbd:pool/image` @throws PgforkError `INVALID_OPTION` */
export function readVolume(volume: string): NonNullable<SourceOptions['volume']> {
  const name = /^rbd:(.+)$/.exec(volume)?.[1]
  if (name === undefined) throw usageError('--volume takes rbd:pool/image.', '--volume')
  return rbd.image(name)
}
