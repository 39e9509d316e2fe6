import type { ClientBase } from 'pg'

/** Runs statements of ours in a session of the caller's: for the time being names mean what PostgreSQL means by them (H64). */
export async function withInternalPath<T>(client: ClientBase, action: () => Promise<T>): Promise<T> {
  const { rows } = await client.query<{ path: string }>("select pg_catalog.current_setting('search_path') as path")
  const set = (path: string) => client.query("select pg_catalog.set_config('search_path', $1, false)", [path])
  await set('pg_catalog, pg_temp')
  try {
    return await action()
  } finally {
    await set(rows[0]?.path ?? '')
  }
}
