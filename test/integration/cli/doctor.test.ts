import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeCommand } from './describe-command.ts'

interface Found {
  readonly isHealthy: boolean
  readonly findings: readonly { check: string; status: string; message: string; remedy: string | null }[]
}

await describeCommand('btrfs', (bench) => {
  const doctor = async (words: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) => {
    const { status, stdout } = await bench.pgfork(['doctor', ...words, '--json'], { environment })
    const found = JSON.parse(stdout) as Found
    return { status, found, of: (check: string) => found.findings.find((finding) => finding.check === check) }
  }

  test('all is well where a fork can be made, and nothing is changed', async () => {
    const fresh = join(bench.folder, 'fresh')
    const { status, found, of } = await doctor([], { PGFORK_STATE_DIRECTORY: fresh })
    expect(found).toMatchObject({ isHealthy: true })
    expect(status).toBe(0)
    expect(of('source.driver')).toMatchObject({ status: 'ok', message: expect.stringContaining('btrfs') })
    expect(of('source.space.data')).toMatchObject({ status: 'ok' })
    expect(of('driver.btrfs')?.message).toContain(bench.storage.path)
    await expect(rm(fresh, { recursive: true })).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('what is not installed is told with the package', async () => {
    const { status, of } = await doctor([], { PATH: '/nowhere' })
    expect(status).toBe(5)
    expect(of('tools.setpriv')).toMatchObject({ status: 'problem', remedy: 'Install util-linux.' })
    for (const name of ['btrfs', 'zfs', 'lvm'])
      expect(of(`driver.${name}`)).toMatchObject({ status: 'warning', remedy: expect.stringContaining('Install') })
  })

  test('a state directory that others could exchange', async () => {
    const open = join(bench.folder, 'open')
    await mkdir(open)
    await chmod(open, 0o777)
    const { status, of } = await doctor([], { PGFORK_STATE_DIRECTORY: join(open, 'state') })
    expect(status).toBe(5)
    expect(of('machine.state')).toMatchObject({ status: 'problem', message: expect.stringContaining(open) })
  })

  test('a source that is not there', async () => {
    const { status, of } = await doctor(['/nowhere'])
    expect(status).toBe(5)
    expect(of('source.found')).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('SOURCE_NOT_FOUND'),
    })
  })

  test('storage that is fuller than the thresholds allow (H55)', async () => {
    const config = join(bench.folder, 'full.json')
    await writeFile(config, JSON.stringify({ create: { spaceThresholds: { dataPercent: 0.001 } } }))
    const { status, of } = await doctor(['--config', config])
    expect(status).toBe(5)
    expect(of('source.space.data')).toMatchObject({ status: 'problem', remedy: expect.stringContaining('pgfork gc') })
  })

  test('a driver that does not serve the source, and one that copies', async () => {
    expect((await doctor(['--driver', 'zfs'])).of('source.driver')).toMatchObject({ status: 'problem' })
    expect((await doctor(['--driver', 'copy'])).of('source.driver')).toMatchObject({ status: expect.any(String) })
  })

  test('people get a line each, and what to do below it', async () => {
    const { stdout, status } = await bench.pgfork(['doctor', '/nowhere'])
    expect(status).toBe(5)
    expect(stdout).toMatch(/^ok {7}machine\.platform +linux/m)
    expect(stdout).toMatch(/^PROBLEM {2}source\.found .*\n +-> Give the data directory/m)
  })
})
