import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loadConfig } from './load-config.ts'

const isRoot = process.geteuid?.() === 0
let folder: string

beforeEach(async () => {
  folder = await mkdtemp('/tmp/pgfork-test-config-')
  vi.spyOn(process, 'cwd').mockImplementation(() => join(folder, 'project', 'deep'))
  await mkdir(join(folder, 'project', 'deep'), { recursive: true })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

const write = async (config: unknown, name = 'pgfork.config.json'): Promise<string> => {
  const file = join(folder, 'project', name)
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config))
  return file
}

test('it is found upwards from the working directory', async () => {
  const config = { source: '/srv/pg/main', driver: 'btrfs', create: { settings: { work_mem: '1MB' } } }
  const file = await write(config)
  expect(await loadConfig(undefined)).toEqual({ file, config })
  expect(await loadConfig(false)).toEqual({ file: undefined, config: {} })
})

test('one in TypeScript is run', async () => {
  await write('export default { source: "/srv" as string, create: { prepare: async () => {} } }', 'pgfork.config.ts')
  const { config } = await loadConfig(undefined)
  expect(config).toMatchObject({ source: '/srv', create: { prepare: expect.any(Function) } })
})

test.each([
  [{ sauce: '/srv' }, 'no option sauce. Did you mean source?'],
  [{ driver: 'tape' }, 'driver must be'],
  [{ drivers: { btrfs: true } }, 'drivers.btrfs must be'],
  [{ create: { prepair: 1 } }, 'no option create.prepair. Did you mean create.prepare?'],
  [{ create: { lifetime: 'process' } }, 'no option create.lifetime'],
  [{ create: { port: 1 } }, 'create.port must be an integer'],
  ['{ "source": ', 'cannot be read'],
  ['[]', 'takes an object of options'],
])('%o is refused with the file and the key', async (config, message) => {
  const file = await write(config)
  await expect(loadConfig(undefined)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining(message),
  })
  if (!message.includes(' must be')) await expect(loadConfig(undefined)).rejects.toThrow(file)
})

test('one that is named must be there', async () => {
  await expect(loadConfig(join(folder, 'nope.json'))).rejects.toThrow('nope.json cannot be read')
})

test('one that others can write is neither read nor run (H62)', async () => {
  const file = await write('throw new Error("it was run")', 'pgfork.config.ts')
  await chmod(file, 0o666)
  await expect(loadConfig(undefined)).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H62' })
})

test.runIf(isRoot)('nor one that a group may write of which others are, also for an ordinary user (H62)', async () => {
  const file = join(folder, 'pgfork.config.json')
  const [uid, gid] = [1000, 1000]
  await writeFile(file, '{}')
  vi.spyOn(process, 'geteuid').mockReturnValue(uid)
  vi.spyOn(process, 'getgid').mockReturnValue(gid)
  await chown(file, uid, gid)
  await chmod(file, 0o664)
  expect(await loadConfig(file)).toEqual({ file, config: {} })
  await chown(file, uid, 42)
  await chmod(file, 0o664)
  await expect(loadConfig(file)).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H62' })
})

test('nor one in a folder in which others can exchange it (H62)', async () => {
  await write('throw new Error("it was run")', 'pgfork.config.ts')
  await chmod(folder, 0o777)
  await expect(loadConfig(undefined)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
})

test('nor a link (H62)', async () => {
  await write('throw new Error("it was run")', 'other.ts')
  await symlink('other.ts', join(folder, 'project', 'pgfork.config.ts'))
  await expect(loadConfig(undefined)).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H62' })
})

test.runIf(isRoot)('nor another user’s (H62)', async () => {
  const file = await write('throw new Error("it was run")', 'pgfork.config.ts')
  await chown(file, 65_534, 65_534)
  await expect(loadConfig(undefined)).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H62' })
})
