import { expect, test } from 'vitest'
import { testedVersion } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

/** What administrators give to roles and databases, and what a session of the library's would stumble over. */
const defaults = {
  datestyle: 'German, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'Asia/Kathmandu',
  bytea_output: 'escape',
  default_transaction_read_only: 'on',
  default_transaction_isolation: 'serializable',
  statement_timeout: '20ms',
  lock_timeout: '20ms',
  idle_in_transaction_session_timeout: '20ms',
  ...(Number(testedVersion()) >= 14 ? { idle_session_timeout: '20ms' } : {}),
  standard_conforming_strings: 'off',
  search_path: 'nowhere',
  row_security: 'off',
  synchronous_commit: 'remote_apply',
}

await describeOn('btrfs', {}, (bench) => {
  test('defaults that its roles have for their sessions keep no source from being forked', async () => {
    const { source } = bench
    const session = await source.client()
    await session.query('CREATE TABLE plain (id int); INSERT INTO plain SELECT generate_series(1, 200000)')
    for (const [name, value] of Object.entries(defaults))
      await session.query(`ALTER ROLE postgres SET ${name} = ${name === 'search_path' ? value : `'${value}'`}`)
    await using fork = await bench.fork({
      // As the caller's sessions are otherwise: with the role's own path.
      prepare: async (client) => {
        expect((await client.query('SHOW search_path')).rows).toEqual([{ search_path: 'nowhere' }])
        await client.query('UPDATE public.plain SET id = id + 1000000')
      },
      verify: (client) => client.query('SELECT count(*) FROM public.plain'),
    })
    expect(fork.verification?.warnings).toEqual([])
    await fork.reset()
    expect(await query(fork, `SET statement_timeout = 0; SELECT min(id) FROM public.plain`)).toEqual([{ min: 1000001 }])
    await session.query('ALTER ROLE postgres RESET ALL')
    await session.end()
  })
})
