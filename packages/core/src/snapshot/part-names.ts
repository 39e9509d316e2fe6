import { randomBytes } from 'node:crypto'

/**
 * Names in storage for the parts of one snapshot or fork: its own name, digits that nobody else has, and a number behind for
 * all but the first. Names are given for one state directory; in storage, another user's fork of that name may lie beside
 * ours, and what a record names is removed without looking whose it is (H57).
 */
export function namer(name: string): (index: number) => string {
  const unique = `${name}.${randomBytes(4).toString('hex')}`
  return (index) => (index === 0 ? unique : `${unique}.${index}`)
}
