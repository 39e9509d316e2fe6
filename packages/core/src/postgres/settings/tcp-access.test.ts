import { expect, test } from 'vitest'
import { inheritTcpAccess } from './tcp-access.ts'

const rulesOf = (text: string, hasTls = true): string[] => inheritTcpAccess(text, { major: 16, hasTls })
const four = (who: string, method = 'md5') => `host ${who} 127.0.0.1/32 ${method}`
const six = (who: string, method = 'md5') => `host ${who} ::1/128 ${method}`

test("H29: what keeps a role out of a database on the source's loopback does so in a fork, in the same order", () => {
  const text = `
    # TYPE  DATABASE  USER  ADDRESS  METHOD
    local   all       all                    peer
    host    appdb     app   127.0.0.1/32     scram-sha-256
    host    all       app   127.0.0.1/32     reject
    host    all       all   10.0.0.0/8       trust
    host    "Hr",shop +staff,"a ""b""" 127.0.0.1/32 ldap ldapserver=x ldapbindpasswd=secret
    host    /^db\\d$  all   127.0.0.0/8      trust
    host    sameuser  all   ::1/128          "reject"
  `
  expect(rulesOf(text)).toEqual([
    four('appdb app', 'scram-sha-256'),
    four('all app', 'reject'),
    four('"Hr",shop +staff,"a ""b"""'),
    four('/^db\\d$ all'),
    six('sameuser all', 'reject'),
  ])
  // A fork of a fork has what the first one has.
  expect(rulesOf(rulesOf(text).join('\n'))).toEqual(rulesOf(text))
})

test.each([
  ['all', 'both'],
  ['samehost', 'both'],
  ['samenet', 'both'],
  ['localhost', 'both'],
  ['LocalHost', 'both'],
  ['0.0.0.0/0', 'IPv4'],
  ['127.0.0.0/8', 'IPv4'],
  ['127.0.0.1/32', 'IPv4'],
  ['127.0.0.9/24', 'IPv4'],
  ['"127.0.0.1/32"', 'IPv4'],
  ['127.0.0.1 255.255.255.255', 'IPv4'],
  ['127.9.9.9 255.0.0.0', 'IPv4'],
  ['10.0.0.1 0.255.255.255', 'IPv4'],
  ['0.0.0.0 0.0.0.0', 'IPv4'],
  ['::1/128', 'IPv6'],
  ['::1%lo/128', 'IPv6'],
  ['::/0', 'IPv6'],
  ['0:0:0:0:0:0:0:1/128', 'IPv6'],
  ['::0.0.0.1/128', 'IPv6'],
  ['::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'IPv6'],
  ['2001:db8:: ::ffff', 'neither'],
  ['::ffff:127.0.0.1/128', 'neither'],
  ['::2/128', 'neither'],
  ['127.0.0.2/32', 'neither'],
  ['127.0.0.2 255.255.255.255', 'neither'],
  ['10.0.0.0/8', 'neither'],
  ['db.example.com', 'neither'],
  ['.example.com', 'neither'],
  ['"all"', 'neither'],
  ['All', 'neither'],
])('the address %s covers %s of the loopbacks', (address, covered) => {
  const expected = { both: [four('a b'), six('a b')], IPv4: [four('a b')], IPv6: [six('a b')], neither: [] }
  expect(rulesOf(`host a b ${address} trust`)).toEqual(expected[covered as keyof typeof expected])
})

test('H29: a host name that may be that of the loopback keeps out', () => {
  expect(rulesOf('host a b localhost.localdomain reject')).toEqual([four('a b', 'reject'), six('a b', 'reject')])
})

test.each([
  // TLS is enforced: with it, everybody gets in.
  [
    ['hostnossl all all all reject', 'host all all 127.0.0.1/32 md5'],
    ['all all md5'],
    ['all all reject', 'all all md5'],
  ],
  [['hostssl all all 127.0.0.1/32 cert'], ['all all md5'], []],
  [
    ['hostssl all all 127.0.0.1/32 reject', 'host all all 127.0.0.1/32 md5'],
    ['all all reject', 'all all md5'],
    ['all all md5'],
  ],
  [['hostnossl a b 127.0.0.1/32 md5'], ['a b md5'], ['a b md5']],
  // Neither with TLS nor without it does anybody get in here.
  [['hostnossl a b 127.0.0.1/32 reject', 'hostnossl all all 127.0.0.1/32 md5'], [], ['a b reject', 'all all md5']],
  [['hostnogssenc a b 127.0.0.1/32 reject', 'hostssl a b 127.0.0.1/32 md5'], ['a b reject', 'a b md5'], ['a b reject']],
  [['hostgssenc a b 127.0.0.1/32 gss', 'hostgssenc all all all reject'], [], []],
])('H29: %j, which are of one transport, let in nobody whom none lets in', (lines, withTls, without) => {
  const written = (rules: readonly string[]) =>
    rules.map((rule) => `host ${rule.replace(/ (\w+)$/, ' 127.0.0.1/32 $1')}`)
  expect(rulesOf(lines.join('\n'), true).filter((rule) => rule.includes('127'))).toEqual(written(withTls))
  expect(rulesOf(lines.join('\n'), false).filter((rule) => rule.includes('127'))).toEqual(written(without))
})

test('a fork gives no replication, except as one of several databases, where another rule keeps it out', () => {
  expect(rulesOf('host replication all all md5\nhost "replication" all ::1/128 md5')).toEqual([
    six('"replication" all'),
  ])
  expect(rulesOf('host replication,a b ::1/128 md5')).toEqual([six('replication,a b')])
})

test.each([
  ['include other.conf', /line 1 .* includes other files/],
  ['include_dir conf.d', /includes other files/],
  ['\n\ninclude_if_exists other.conf', /line 3 /],
  ['host @databases all all md5', /names a file/],
  ['host all app,@users 127.0.0.1/32 reject', /names a file/],
  ['HOST all all all md5', /no type/],
  ['hosts all all all md5', /no type/],
  ['host,local all all all md5', /no type/],
  ['host all', /lacks/],
  ['host all all all', /method/],
  ['host all all all password2', /method/],
  ['host all all all md5,trust', /method/],
  ['host all all 127.0.0.1 md5', /address/],
  ['host all all 127.0.0.1/33 md5', /address/],
  ['host all all 127.0.0.1/x md5', /address/],
  ['host all all 127.0.0.1/8/8 md5', /address/],
  ['host all all localhost/8 md5', /address/],
  ['host all all 127.0.0.1 ffff:: md5', /address/],
  ['host all all 127.1/8 md5', /address/],
  ['host all all 127.1 reject', /address/],
  ['host all all 0x7f000001 reject', /address/],
  ['host all all 127.0.0.01/32 reject', /address/],
  ['host all all 127.0.0.1/32,10.0.0.0/8 reject', /address/],
  ['host all all "127.0.0.1/32 reject', /address|method/],
  ['host caf\uFFFD all all reject', /UTF-8/],
  ['host all all all md5\0', /zero byte/],
])('H29: %j is not guessed at, and nothing of it is told', (text, message) => {
  expect(() => rulesOf(text)).toThrow(message)
  expect(() => rulesOf(`${text.replace('\0', '')} ldapbindpasswd=secret`)).not.toThrow('secret')
})

test.each(['local all @users peer', 'hostssl all @users all cert', 'local nonsense'])(
  '%s is none of a client without TLS on the loopback',
  (line) => {
    expect(rulesOf(line, false)).toEqual([])
  },
)
