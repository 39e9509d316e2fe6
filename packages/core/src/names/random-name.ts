import { randomBytes } from 'node:crypto'

/** A name that nobody else has, and of which people see what it was made of. */
export function randomName(of: string): string {
  const readable = of
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return `${readable.slice(0, 24) || 'fork'}-${randomBytes(4).toString('hex')}`
}
