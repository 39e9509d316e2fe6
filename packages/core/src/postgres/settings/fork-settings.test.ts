import { expect, test } from 'vitest'
import { checkGivenSettings, type ForkSettingsRequest, forkSettings } from './fork-settings.ts'
import { inheritSettings } from './inherit-settings.ts'
import { inheritancePolicy } from './inheritance-policy.ts'

const request: ForkSettingsRequest = {
  major: 15,
  name: 'fork',
  port: 20_001,
  socketDirectory: '/private',
  durability: 'durable',
  sharesFileSystem: true,
  inherited: {},
  given: {},
}

test('H5, H20 - H30: nothing of the source that reaches out of it is inherited; the rest is', () => {
  const { inherited, replaced } = inheritSettings({
    work_mem: '7MB',
    data_directory: '/source',
    hba_file: '/etc/hba',
    archive_mode: 'on',
    archive_command: 'rsync',
    synchronous_standby_names: '*',
    primary_conninfo: 'password=secret',
    recovery_target_time: 'yesterday',
    ssl_key_file: '/key',
    shared_buffers: '64GB',
    hot_standby: 'off',
    'myextension.password': 'secret',
    'myextension.api_token': 'secret',
    'app.encryption_key': 'secret',
    'app.key': 'secret',
    password_encryption: 'md5',
    log_min_duration_statement: '5',
  })
  expect(inherited).toEqual({ work_mem: '7MB', password_encryption: 'md5', log_min_duration_statement: '5' })
  // One that has the fork's value already is no difference; a value may be a secret.
  expect(replaced.map(({ name }) => name)).not.toContain('hot_standby')
  expect(JSON.stringify(replaced)).not.toContain('secret')
  for (const { hazard } of replaced) expect(hazard).toMatch(/^H\d+$/)
})

test('whatever was inherited by mistake, the policy outweighs it, and the fork what it is itself', () => {
  const settings = forkSettings({
    ...request,
    inherited: { archive_mode: 'on', port: '5432', fsync: 'off', work_mem: '7MB' },
  })
  expect(settings).toMatchObject({
    archive_mode: 'off',
    port: '20001',
    fsync: 'on',
    work_mem: '7MB',
    cluster_name: 'fork',
  })
})

test("the caller's settings win over policy and source", () => {
  const given = { Shared_Buffers: '1GB', archive_mode: 'on', fsync: 'off', work_mem: '9MB' }
  expect(forkSettings({ ...request, inherited: { work_mem: '7MB' }, given })).toMatchObject({
    shared_buffers: '1GB',
    archive_mode: 'on',
    fsync: 'off',
    work_mem: '9MB',
  })
})

test('only settings that the version knows are written', () => {
  const of = (major: number): string[] => Object.keys(forkSettings({ ...request, major }))
  expect(of(10)).not.toEqual(expect.arrayContaining(['wal_recycle']))
  for (const [name, since] of [
    ['wal_recycle', 12],
    ['recovery_init_sync_method', 14],
    ['archive_library', 15],
    ['sync_replication_slots', 17],
  ] as const) {
    expect(of(since - 1)).not.toContain(name)
    expect(of(since)).toContain(name)
  }
})

test('H18: what flushes the file system of the source is not used where the fork shares it', () => {
  expect(forkSettings(request)).toMatchObject({ recovery_init_sync_method: 'fsync' })
  expect(forkSettings({ ...request, sharesFileSystem: false })).toMatchObject({ recovery_init_sync_method: 'syncfs' })
})

const reserved = inheritancePolicy.filter((rule) => rule.reserved).map(({ name }) => name.replace('*', '_time'))

test.each(reserved.flatMap((name) => [name, name.toUpperCase()]))('%s belongs to the fork itself', (name) => {
  expect(() => checkGivenSettings({ [name]: 'x' })).toThrow(expect.objectContaining({ code: 'SETTING_REFUSED' }))
})

test('a reserved setting that is refused does not tell its value', () => {
  const refuse = (): unknown => checkGivenSettings({ primary_conninfo: 'password=secret' })
  expect(refuse).toThrow(
    expect.objectContaining({ code: 'SETTING_REFUSED', message: expect.not.stringContaining('secret') }),
  )
})

test.each([
  '',
  ' ',
  'a b',
  'a=b',
  'a\nport',
  "a'",
  '1a',
  'a.b.c',
  'a.',
  '.a',
  'include',
  'include_dir',
  'include_if_exists',
  'INCLUDE',
  '#a',
  'ä',
  'a-b',
])('%j is no name of a setting', (name) => {
  expect(() => checkGivenSettings({ [name]: 'x' })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})

test.each([
  [10, { max_wal_senders: '200' }, {}, '96'],
  [11, { max_wal_senders: '97' }, {}, '96'],
  [11, { max_wal_senders: '96' }, {}, '96'],
  [11, { max_wal_senders: '30' }, { max_connections: '25' }, '21'],
  [11, { max_wal_senders: '97' }, { max_wal_senders: '97', max_connections: '200' }, '97'],
  [12, { max_wal_senders: '200' }, {}, '200'],
])(
  'H28: in %i, where senders of WAL count as connections, %o with %o becomes %s',
  (major, inherited, given, expected) => {
    expect(forkSettings({ ...request, major, inherited, given }).max_wal_senders).toBe(expected)
  },
)

test('H28: memory that the source sets aside at its start is not set aside again', () => {
  const { inherited } = inheritSettings({ min_dynamic_shared_memory: '8GB' })
  expect(forkSettings({ ...request, inherited })).not.toHaveProperty('min_dynamic_shared_memory')
})

test("a comma in a socket's directory divides no list", () => {
  expect(forkSettings({ ...request, socketDirectory: '/a, "b"/c' }).unix_socket_directories).toBe('"/a, ""b""/c"')
})

test('H67: logical replication workers can not be given: they would start before subscriptions are detached', () => {
  expect(() => checkGivenSettings({ max_logical_replication_workers: '4' })).toThrow(
    expect.objectContaining({ code: 'SETTING_REFUSED', hazard: 'H24' }),
  )
})
