import {
  type CloneReference,
  type Entry,
  type EntryFolder,
  entriesOf,
  type SnapshotReference,
  type StoredItem,
  type Volume,
} from '@pgfork/core/driver'

/** Where an image is: `namespace` is empty for the pool's own. */
export interface ImagePlace {
  readonly pool: string
  readonly namespace: string
  readonly image: string
}

/** `pool/image`, or `pool/namespace/image`, as Ceph's commands take it. */
export const specOf = ({ pool, namespace, image }: ImagePlace): string =>
  [pool, ...(namespace === '' ? [] : [namespace]), image].join('/')

/** An image by its name and its id, of which the one can pass to another, and the other can be called otherwise since (H72). */
export const imageKey = (place: ImagePlace, imageId: string): string => `${specOf(place)} ${imageId}`

/** `Volume.id` of an image. Its id is its own for ever, whatever it is called. */
export const volumeId = ({ pool, namespace }: ImagePlace, imageId: string): string =>
  `rbd:${pool}/${namespace}/${imageId}`

export const placeOf = ({ attributes: { pool = '', namespace = '', image = '' } }: Volume): ImagePlace => ({
  ...{ pool, namespace, image },
})

/** A volume's image by its id, for those of Ceph's commands that take one; undefined where it isn't known. */
export function wordsOfId({ attributes: { pool = '', namespace = '', imageId = '' } }: Volume): string[] | undefined {
  if (imageId === '') return undefined
  return ['--pool', pool, ...(namespace === '' ? [] : ['--namespace', namespace]), '--image-id', imageId]
}

/** Where a volume's clones go. */
export const forksOf = ({ attributes: { forksPool = '', forksNamespace = '' } }: Volume) => ({
  ...{ pool: forksPool, namespace: forksNamespace },
})

/** Where it is noted which names hosts have taken: the same for all hosts, and all sources of one cluster of PostgreSQL. */
export const claimsOf = ({ attributes }: Volume) => ({
  pool: attributes.claimsPool ?? attributes.forksPool ?? '',
  namespace: attributes.claimsNamespace ?? attributes.forksNamespace ?? '',
})

/** Names of ours hold no plus sign, nor do hosts' names, so that one can stand between them. */
const nameFor = (letter: 's' | 'c' | 'r', host: string, name: string): string => `pgfork-${letter}-${host}+${name}`

const hostOf = ({ attributes: { host = '' } }: Volume): string => host

export const clonePlace = ({ volume, name }: CloneReference): ImagePlace => ({
  ...forksOf(volume),
  image: nameFor('c', hostOf(volume), name),
})

/** Of a clone that was removed while other clones came of it: it goes with the last of them. */
export const retiredPlace = (place: ImagePlace, host: string, imageId: string): ImagePlace => ({
  ...place,
  image: nameFor('r', host, imageId),
})

/** The places at which a volume's image may be: a clone's name changes when it is removed and others came of it. */
export function placesOf(volume: Volume): [ImagePlace, ...ImagePlace[]] {
  const place = placeOf(volume)
  // It may be another host's, which removes it under that name.
  const parsed = parseName(place.image)
  if (parsed?.letter !== 'c') return [place]
  return [place, retiredPlace(place, parsed.host, volume.attributes.imageId ?? '')]
}

export const snapshotName = ({ volume, name }: SnapshotReference): string => nameFor('s', hostOf(volume), name)

interface ParsedName {
  readonly letter: string
  readonly host: string
  readonly name: string
}

/** Undefined for what isn't ours. */
export function parseName(text: string): ParsedName | undefined {
  const [, letter, host, name] = /^pgfork-([scr])-([^+]+)\+(.+)$/.exec(text) ?? []
  return letter === undefined || host === undefined || name === undefined ? undefined : { letter, host, name }
}

const { entryOf, folderOf } = entriesOf('rbd')

/** The folder that a clone is mounted in, which only its user can enter (H29). */
export const mountEntry = (clone: CloneReference): Entry => entryOf('clone', clone)

export const mountFolder = (volume: Volume): EntryFolder => folderOf(volume)

/** A snapshot or clone of this host's. */
export function ownName(text: string, kind: StoredItem['kind'], host: string): string | undefined {
  const parsed = parseName(text)
  return parsed?.letter === kind[0] && parsed?.host === host ? parsed.name : undefined
}
