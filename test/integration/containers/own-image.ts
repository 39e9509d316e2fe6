import pg from 'pg'
import { reservePort } from '../../support/cluster/reserve-port.ts'
import { testedVersion } from '../../support/cluster/versions.ts'
import type { TestEngine } from '../../support/engine/index.ts'
import { waitUntil } from '../../support/wait-until.ts'

const version = testedVersion()
const libraries = '/opt/gis/lib'
const installation = `/opt/pg/lib/postgresql/${version}`

/**
 * What no other image has where it is: PostgreSQL, whose program a script runs as its child, an extension's library and what that needs,
 * data, user, entrypoint.
 */
const script = `set -e
mkdir -p ${libraries} /opt/pg/lib /opt/pg/share /srv/cluster
cp -a /usr/lib/postgresql /opt/pg/lib/
cp -a /usr/share/postgresql /opt/pg/share/
for file in ${installation}/lib/pgxml.so /usr/lib/x86_64-linux-gnu/libxslt.so.1*; do cp -a $file ${libraries}/; rm $file; done
cp -a ${installation}/bin/postgres ${installation}/bin/postgres.real
rm ${installation}/bin/postgres
printf '%s\\n' '#!/bin/sh' '${installation}/bin/postgres.real "$@"' 'exit $?' > ${installation}/bin/postgres
chmod 755 ${installation}/bin/postgres
rm -r /usr/lib/postgresql /usr/share/postgresql /usr/bin/docker-entrypoint.sh
printf '%s\\n' "default_version = '1.1'" "module_pathname = '${libraries}/pgxml'" > /opt/pg/share/postgresql/${version}/extension/xml2.control
echo 'gis:x:1234:1234::/srv:/bin/sh' >> /etc/passwd
echo 'gis:x:1234:' >> /etc/group
cat > /start <<'END'
#!/bin/sh
export LD_LIBRARY_PATH=${libraries}
[ -e /srv/cluster/PG_VERSION ] || ${installation}/bin/initdb -D /srv/cluster -U gis -A trust > /dev/null
exec ${installation}/bin/postgres -D /srv/cluster "$@"
END
chmod 755 /start
chown 1234 /run/postgresql`

/** Debian's PostgreSQL finds its files wherever it is moved to. Returns the image's name. */
export async function makeOwnImage({ docker, image }: TestEngine): Promise<string> {
  const made = 'pgfork-test/own:1'
  await docker('run', '--name', 'own-image', '--network', 'none', '--entrypoint', 'bash', image, '-c', script)
  const changes = [
    'USER gis',
    'ENV PATH=/usr/bin',
    'ENV PGDATA=/srv/cluster',
    'ENV LANG=C',
    'ENTRYPOINT ["/start"]',
    'CMD []',
  ]
  await docker('commit', ...changes.flatMap((line) => ['--change', line]), 'own-image', made)
  await docker('rm', 'own-image')
  return made
}

export async function startOwnImage({ docker }: TestEngine, { image, folder }: { image: string; folder: string }) {
  const { port } = await reservePort()
  const name = 'own'
  const words = ['--network', 'host', '--volume', `${folder}:/srv/cluster`, image, '-c', `port=${port}`]
  const id = await docker('run', '--detach', '--name', name, ...words)
  const connection = { host: '127.0.0.1', port, user: 'gis', database: 'postgres' }
  const query = async (sql: string): Promise<unknown[]> => {
    const client = new pg.Client(connection)
    try {
      await client.connect()
      return (await client.query(sql)).rows
    } finally {
      await client.end().catch(() => {})
    }
  }
  const answers = () =>
    query('select 1').then(
      () => true,
      () => false,
    )
  await waitUntil(answers, { timeoutMs: 120_000, pauseMs: 200, what: 'answer of the own image' })
  return {
    ...{ id, name, connection, query },
    [Symbol.asyncDispose]: async () => void (await docker('rm', '--force', '--volumes', name)),
  }
}
