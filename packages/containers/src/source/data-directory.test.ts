import { expect, test } from 'vitest'
import type { InspectedContainer } from '../engine/inspect-container.ts'
import { findDataDirectory } from './data-directory.ts'

const stopped = (args: readonly string[], environment: readonly string[]) =>
  ({ Args: args, Config: { Env: environment } }) as unknown as InspectedContainer

test.each<[string, string[], string[]]>([
  ['/var/lib/postgresql/data', ['postgres'], []],
  ['/var/lib/postgresql/data', ['postgres'], ['PGDATA=']],
  ['/var/lib/postgresql/18/docker', ['postgres', '-c', 'port=5433'], ['PGDATA=/var/lib/postgresql/18/docker']],
  ['/srv/a', ['postgres', '-D', '/srv/a'], ['PGDATA=/srv/b']],
  ['/srv/a', ['postgres', '-D/srv/a'], []],
  ['/srv/a', ['postgres', '--data-directory=/srv/a'], []],
])('a stopped container has its data in %s, as %j and %j say', (expected, args, environment) => {
  expect(findDataDirectory(stopped(args, environment), undefined)).toBe(expected)
})
