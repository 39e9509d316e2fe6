import { expect, test } from 'vitest'
import { readSource } from './read-source.ts'

const secret = 'top-secret'

test.each([
  ['/srv/pg/main', { kind: 'directory', dataDirectory: '/srv/pg/main' }],
  ...['main', './a:/b', '/srv/chief:x@host', '/srv/host=h', './password=x', 'a:b', 'pg@host', '//srv/pg'].map(
    (path): [unknown, unknown] => [path, { kind: 'directory', dataDirectory: path }],
  ),
  [{ dataDirectory: '/srv/pg/main' }, { kind: 'directory', dataDirectory: '/srv/pg/main' }],
  [
    { dataDirectory: '/d', connection: 'postgres://chief@%2Fsockets:5433/shop', binDirectory: '/b' },
    {
      kind: 'directory',
      dataDirectory: '/d',
      connection: { user: 'chief', host: '/sockets', port: 5433, database: 'shop' },
      binDirectory: '/b',
    },
  ],
  [
    'postgresql://chief:word@host:5433/shop',
    { kind: 'server', connection: { user: 'chief', password: 'word', host: 'host', port: 5433, database: 'shop' } },
  ],
  ['POSTGRES://host', { kind: 'server', connection: { host: 'host' } }],
  [
    'postgresql://host/shop?options=-csearch_path%3Devil&application_name=x&sslmode=disable',
    { kind: 'server', connection: { host: 'host', database: 'shop', ssl: false } },
  ],
  [
    { host: 'h', port: '5433', max: 3 },
    { kind: 'server', connection: { host: 'h', port: 5433 } },
  ],
  [
    { connectionString: 'postgresql://host/shop', user: 'chief' },
    { kind: 'server', connection: { host: 'host', database: 'shop', user: 'chief' } },
  ],
  [
    { connection: { host: 'h', ssl: { ca: 'certificate' } }, binDirectory: '/b' },
    { kind: 'server', connection: { host: 'h', ssl: { ca: 'certificate' } }, binDirectory: '/b' },
  ],
  [
    { dataDirectory: '/d', host: undefined },
    { kind: 'directory', dataDirectory: '/d' },
  ],
  [
    { dataDirectory: undefined, binDirectory: undefined, connection: undefined, host: 'h' },
    { kind: 'server', connection: { host: 'h' } },
  ],
  [
    'postgresql://chief:p%40ss%2Fw%23@host/my%40db?user=chief@tenant',
    { kind: 'server', connection: { host: 'host', user: 'chief@tenant', password: 'p@ss/w#', database: 'my@db' } },
  ],
  ['postgresql://host/my%zz', { kind: 'server', connection: { host: 'host', database: 'my%zz' } }],
])('%o', (given, expected) => {
  expect(readSource(given)).toEqual(expected)
})

const fork = { kind: 'fork', name: 'one', dataDirectory: '/d', connection: { host: '/s', port: 5433, user: 'chief' } }
const snapshot = { kind: 'snapshot', name: 'one', createdAt: new Date(0) }

test('a fork and a snapshot', () => {
  expect(readSource(fork)).toEqual({ kind: 'fork', fork })
  expect(readSource(snapshot)).toEqual({ kind: 'snapshot', snapshot })
})

const wrong: [unknown, string][] = [
  [{ kind: 'snapshot', name: 'one' }, 'no function of pgfork returned it'],
  [{ kind: 'snapshot', name: 'one', createdAt: 'today' }, 'no function of pgfork returned it'],
  [{ kind: 'snapshot', name: 'one', createdAt: new Date('never') }, 'no function of pgfork returned it'],
  [{ kind: 'elsewhere' }, 'no function of pgfork returned it'],
  [{ kind: 'fork' }, 'no function of pgfork returned it'],
  [{ kind: 'fork', name: 'one', dataDirectory: '/d' }, 'no function of pgfork returned it'],
  [undefined, 'which is missing'],
  [null, 'not null'],
  [42, 'not a number'],
  ['', 'not an empty text'],
  ['a\0b', 'nor one with a zero in it'],
  [[], 'not an array'],
  [{}, 'neither dataDirectory nor connection'],
  // As of a variable of the environment that isn't set: the server that happens to be at localhost isn't meant.
  [{ connectionString: undefined }, 'neither dataDirectory nor connection'],
  [{ connection: { connectionString: undefined } }, 'neither dataDirectory nor connection'],
  [{ dataDirectory: '/d', host: 'h' }, 'no option source.host. Did you mean source.connection.host?'],
  [{ dataDirectory: '/d', connection: { constructor: secret } }, 'source.connection has no option "constructor"'],
  [{ host: 'h', port: true }, 'source.port must be a port.'],
  [{ host: 'h', port: 99999 }, 'source.port must be a port.'],
  [`postgresql://chief:p@${secret}/w#@host/shop`, '# as %23'],
  [`postgresql://chief:p@${secret}/w@host/shop`, '# as %23'],
  ['postgresql:///?service=production', 'source must be without service, which pgfork does not know.'],
  ['postgresql://host/shop?hostaddr=192.0.2.1', 'source must be without hostaddr'],
  ['postgresql://host/?dbname=shop', 'source must be without dbname'],
  ['postgresql://one,other/shop', 'source must be that of one host'],
  ['postgresql:///shop?host=/one,/other', 'source must be that of one host'],
  [{ host: 'one,other' }, 'source.host must be one host.'],
  [{ binDirectory: '/b' }, 'neither dataDirectory nor connection'],
  [{ dataDirectory: 42 }, 'source.dataDirectory must be a path.'],
  [{ dataDirectory: { password: secret } }, 'source.dataDirectory must be a path.'],
  [{ dataDirectory: `postgresql://chief:${secret}@host/shop` }, 'source.dataDirectory must be a path.'],
  [{ dataDirectory: '/d', binDirectory: [secret] }, 'source.binDirectory must be a path.'],
  [{ dataDirectroy: '/d' }, 'no option source.dataDirectroy. Did you mean source.dataDirectory?'],
  [{ dataDirectory: '/d', connection: 42 }, 'source.connection must be a connection string, or options of pg.Client.'],
  [{ dataDirectory: '/d', connection: { pasword: secret } }, 'Did you mean password?'],
  [{ query: () => {}, host: 'h' }, 'not a client of pg'],
  [`mysql://chief:${secret}@host/shop`, 'a connection string begins with postgresql:// or postgres://'],
  [`jdbc:postgresql://host/shop?password=${secret}`, 'a connection string begins with postgresql:// or postgres://'],
  [`host=h user=chief password='${secret}'`, 'a connection string begins with postgresql:// or postgres://'],
  ...[
    ` postgresql://chief:${secret}@host/shop`,
    `"postgresql://chief:${secret}@host/shop"`,
    `DATABASE_URL=postgresql://chief:${secret}@host/shop`,
    `postgresql:/chief:${secret}@host/shop`,
    `chief:${secret}@host/shop`,
    `//chief:${secret}@host/shop`,
    `sslmode=require host=h password=${secret}`,
    `"host=h password=${secret}"`,
  ].map((text): [unknown, string] => [text, 'a connection string begins with postgresql:// or postgres://']),
  [`postgresql://chief:${secret}@[host/shop`, 'source must be a connection string such as'],
  [`postgresql://chief:${secret}@host:99999/shop`, 'source must be a connection string such as'],
  [
    `postgresql://chief:${secret}@host/shop?sslmode=verify-full&sslrootcert=/nowhere`,
    'whose certificate files can be read',
  ],
  [{ host: 'h', password: { secret } }, 'source.password must be text, or a function.'],
  [{ host: 'h', port: secret }, 'source.port must be a port.'],
  [{ connectionString: `http://${secret}` }, 'source must be a connection string such as'],
]

test.each(wrong)('%o is refused', (given, message) => {
  let thrown: unknown
  try {
    readSource(given)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(message) })
  const { cause, stack } = thrown as Error
  expect([JSON.stringify(thrown), stack, JSON.stringify(cause), String(cause)].join()).not.toContain(secret)
})
