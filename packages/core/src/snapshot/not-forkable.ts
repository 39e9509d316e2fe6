import { PgforkError } from '../errors/pgfork-error.ts'

export const notForkable = ({ name }: { readonly name: string }): PgforkError =>
  new PgforkError(
    'SNAPSHOT_NOT_FORKABLE',
    `The record of the snapshot ${name} was lost, and with it what was known of its source and settings. Make a new snapshot, and destroy() this one.`,
    { facts: { name } },
  )
