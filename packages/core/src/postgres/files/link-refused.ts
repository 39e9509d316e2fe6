import { PgforkError } from '../../errors/pgfork-error.ts'

/** A link that stands for a directory (H1) or a file (H66) of the server's own, relative to the data directory. */
export const linkRefused = (link: string, hazard: 'H1' | 'H66'): PgforkError =>
  new PgforkError(
    'LAYOUT_REFUSED',
    `${link} is a symbolic link in the source, so that its fork would write to the source's own files. Move what it leads to back ` +
      'in its place, or use a tablespace.',
    { hazard, facts: { link } },
  )
