import { expect, test } from 'vitest'
import { formatConninfo, readServerUrl } from './server-address.ts'

test('a URL of a socket, which names no host before its parameters', () => {
  const { address, password } = readServerUrl('postgresql://ada:of-ada@/shop?host=/run/postgresql&port=5433', 'from')
  expect(address).toEqual({ host: '/run/postgresql', port: 5433, user: 'ada', database: 'shop', tls: {} })
  expect(password).toBe('of-ada')
})

test('H92: no error about a URL holds its password', () => {
  const urls = [
    'postgresql://ada:of-ada@/shop',
    'postgresql://ada:of-ada@/shop?host=/run/postgresql&options=x',
    'postgresql://ada:of-ada@db.example.org:port/shop',
    'postgresql://ada:of-ada@db.example.org/shop?sslmode=verify_full',
    'postgresql://:of-ada@db.example.org/shop',
  ]
  for (const url of urls) {
    let error: unknown
    try {
      readServerUrl(url, 'from')
    } catch (caught) {
      error = caught
    }
    expect(error, url).toMatchObject({ code: 'INVALID_OPTION' })
    expect(
      Object.values(Object.getOwnPropertyDescriptors(error)).map(({ value }) => JSON.stringify(value)),
    ).not.toContainEqual(expect.stringContaining('of-ada'))
  }
})

test('TLS is what libpq and we both know', () => {
  const { address } = readServerUrl(
    `postgresql://ada@db.example.org/shop?sslmode=verify-full&sslrootcert=${import.meta.filename}`,
    'from',
  )
  expect(address.tls).toEqual({ sslmode: 'verify-full', sslrootcert: import.meta.filename })
})

test.each([
  [undefined, ''],
  [11, ''],
  [12, ' -c tcp_user_timeout=120000'],
])(
  "H94: PostgreSQL's own programs tell the server as well to notice soon that they are gone (version %s)",
  (major, more) => {
    const { address } = readServerUrl('postgresql://ada@db.example.org/shop', 'from')
    const keptAlive = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3'
    expect(formatConninfo(address, { applicationName: 'one', major })).toBe(
      "host='db.example.org' port='5432' user='ada' application_name='one' connect_timeout='10' " +
        `keepalives_idle='10' keepalives_interval='5' keepalives_count='3' options='${keptAlive}${more}'`,
    )
  },
)
