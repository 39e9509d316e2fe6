import { PGlite } from '@electric-sql/pglite'
import { formatMs, formatTable } from '../report.ts'
import { medianOf } from '../statistics.ts'
import type { TestingSection } from './section.ts'
import { timed } from './time.ts'

/** PostgreSQL within the process of the test, one session only: `clone()` until the first answer. */
export const measurePglite: TestingSection = async ({ runs }) => {
  const origin = await PGlite.create()
  await origin.exec(`create table users (id serial primary key, name text not null unique);
    insert into users (name) select 'user ' || id from generate_series(1, 1000) id`)
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const [milliseconds, clone] = await timed(async () => {
      const made = await origin.clone()
      await made.query('select from users where id = 1')
      return made
    })
    await clone.close()
    times.push(milliseconds)
  }
  await origin.close()
  return { details: formatTable(['PGlite, small', 'median'], [['clone()', formatMs(medianOf(times))]]), goals: [] }
}
