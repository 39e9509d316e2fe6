import { PgforkError } from '../errors/pgfork-error.ts'
import { randomCharacters } from '../names/random-characters.ts'
import { identityLength } from '../state/state-identity.ts'

const randomLength = 5
/** With a name of 48 characters, two digits are the most that fits into the 63 that drivers take. */
const highestIndex = 99
const pattern = new RegExp(`^(.+)\\.([a-z0-9]{${identityLength}})([a-z0-9]{${randomLength}})(?:\\.(0|[1-9][0-9]?))?$`)

/** What the name of a snapshot or clone in storage tells. */
export interface CopyName {
  /** Of the snapshot or fork that it is part of. */
  readonly name: string
  /** Of the state directory that it was made for. */
  readonly identity: string
  /** The name without the number of the copy: all copies of one snapshot or fork share it, and nothing else has it. */
  readonly group: string
  readonly index: number
  /** It is the first one of a cluster whose server runs elsewhere than on its machine: in a container. */
  readonly isPlaced: boolean
}

/**
 * Names in storage for the copies of one snapshot or fork: its own name, the identity of the state directory, characters that
 * nobody else has, and a number behind; the first of a cluster on the machine itself has none. Names are given for one state directory; in storage, another
 * user's fork of that name may lie beside ours, and what a record names is removed without looking whose it is (H57). When
 * records are lost, these names tell whose an item is, what belongs together, and that it runs in a container: its user can't change them (H117).
 *
 * @param place where the server runs; undefined for a process of the machine
 */
export function namer(name: string, identity: string, place: object | undefined): (index: number) => string {
  const group = `${name}.${identity}${randomCharacters(randomLength)}`
  return (index) => {
    if (index <= highestIndex) return index === 0 && place === undefined ? group : `${group}.${index}`
    throw new PgforkError('LAYOUT_REFUSED', `The cluster lies on more than ${highestIndex + 1} volumes.`, {
      hazard: 'H1',
    })
  }
}

/** What `namer` put into a name; undefined for one that it never gave. */
export function parseCopyName(text: string): CopyName | undefined {
  const [, name, identity, random, index] = pattern.exec(text) ?? []
  if (name === undefined || identity === undefined) return undefined
  return { name, identity, group: `${name}.${identity}${random}`, index: Number(index ?? 0), isPlaced: index === '0' }
}
