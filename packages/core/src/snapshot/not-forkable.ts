import { PgforkError } from '../errors/pgfork-error.ts'

export const notForkable = ({ name }: { readonly name: string }): PgforkError =>
  new PgforkError(
    'SNAPSHOT_NOT_FORKABLE',
    `The record of the snapshot ${name} was lost, and with it what its source and its settings were. Make a new one, and destroy() this.`,
    { facts: { name } },
  )
