import { PgforkError } from '@pgfork/core'
import type { ServerPlace } from '@pgfork/core/companion'
import { z } from 'zod'
import type { LocalEngine } from '../engine/check-engine.ts'
import type { Image } from '../engine/image.ts'
import { type Limits, limitsShape } from '../engine/limits.ts'
import { refused } from '../errors.ts'

export const libraryVariable = 'LD_LIBRARY_PATH'
export const libraryPath = /^[^\0\n]{1,10000}$/

/**
 * Where a fork's server runs, as its record keeps it.
 */
const containerPlaceShape = z.looseObject({
  kind: z.literal('container'),
  /** The address of an engine of this machine. */
  engine: z.string().regex(/^unix:\/\/\/[^\0\n]{1,100}$/),
  engineId: z.string(),
  image: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  network: z.enum(['host', 'none']),
  shmBytes: z.number().int().positive(),
  /** Where the server's libraries are looked for first, if the image's own environment doesn't say so. */
  libraryPath: z.string().regex(libraryPath).optional(),
  /** Paths for which the image wants volumes, which get nothing but an empty tmpfs. */
  volumes: z.array(z.string().regex(/^\/[^\0\n]{0,1000}$/)).max(100),
  /** Labels of the image that a fork must not have. */
  foreignLabels: z.array(z.string().regex(/^[\w./-]{1,200}$/)).max(100),
  /** Of the source's container. */
  limits: limitsShape.optional(),
})

export type ContainerPlace = z.infer<typeof containerPlaceShape>

/** Docker's default. */
const usualShmBytes = 64 * 1024 * 1024

interface ContainerServer {
  readonly network: 'host' | 'none'
  readonly shmBytes?: number | undefined
  readonly libraryPath?: string | undefined
  readonly limits?: Limits | undefined
}

/**
 * What is written into a record can be read again, whatever is written on an image.
 *
 * @throws PgforkError `CONTAINER_REFUSED`
 */
export function containerPlace(
  engine: LocalEngine,
  { id, volumes, foreignLabels }: Image,
  { network, shmBytes, libraryPath, limits }: ContainerServer,
): ContainerPlace {
  const { data, error } = containerPlaceShape.safeParse({
    kind: 'container',
    engine: engine.address,
    engineId: engine.id,
    image: id,
    network,
    shmBytes: shmBytes || usualShmBytes,
    ...(libraryPath === undefined ? {} : { libraryPath }),
    volumes: [...volumes],
    foreignLabels: [...foreignLabels],
    ...(limits === undefined || Object.keys(limits).length === 0 ? {} : { limits }),
  } satisfies ContainerPlace)
  if (data !== undefined) return data
  const issues = error?.issues ?? []
  const what = [...new Set(issues.map(({ path }) => String(path[0])))].join(', ')
  throw refused(
    `The image ${id} is of no use for forks: what its engine says of ${what} can't be recorded (docker image inspect shows it). Choose another image ` +
      'of the same version by the option image.',
    { image: id, issues: issues.map(({ path, message }) => `${path.join('.')}: ${message}`) },
  )
}

export const recordedEngine = ({ engine, engineId }: ContainerPlace): LocalEngine => ({
  address: engine,
  id: engineId,
})

/** @throws PgforkError `STATE_UNUSABLE` */
export function readPlace(place: ServerPlace | undefined): ContainerPlace {
  const { data, error } = placeOf(place)
  if (data !== undefined) return data
  throw new PgforkError(
    'STATE_UNUSABLE',
    'The record of the fork does not say which image its server runs in: it was lost and rebuilt. Make a new fork, or fork this one by inImage().',
    { hazard: 'H77', cause: error },
  )
}

/** Without data where the record was lost. */
export const placeOf = (place: ServerPlace | undefined): z.ZodSafeParseResult<ContainerPlace> =>
  containerPlaceShape.safeParse(place)
