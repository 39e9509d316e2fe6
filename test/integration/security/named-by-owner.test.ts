import {
  chmod,
  chown,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { createFork, type Fork } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isRoot, nobody } from '../../support/attacker/index.ts'
import { createTablespace } from '../../support/cluster/create-tablespace.ts'
import { withHooks } from '../../support/fork/with-hooks.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser, serverUser } from '../../support/system/server-user.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

/** In a file that only root may read. */
const secret = 'work_mem = 7890'

// What the owner of a source could do who has root fork it.
describe.runIf(isRoot)('the owner of a source names something', async () => {
  await describeOn('btrfs', {}, (bench) => {
    const { uid = 0 } = serverUser ?? {}
    let rootOnly: string
    let secretFile: string
    beforeAll(async () => {
      rootOnly = join(bench.storage.path, 'root-only')
      await mkdir(rootOnly, { mode: 0o700 })
      secretFile = join(rootOnly, 'secret.conf')
      await writeFile(secretFile, `${secret}\n`, { mode: 0o600 })
    })
    afterAll(() => rm(rootOnly, { recursive: true }))

    const takePlace = ({ dataDirectory }: Fork) =>
      rename(join(dataDirectory, 'new'), join(dataDirectory, 'postgresql.conf'))
    const asOwner = (file: string, ...args: string[]) => runner.run(file, args, { user: { uid, gid: uid } })
    const files = async (directory: string): Promise<string> =>
      (await runner.run('grep', ['-rlF', secret, directory]).catch(() => ({ stdout: '' }))).stdout

    describe('H62: binaries', () => {
      let folder: string
      let count = 0
      beforeEach(async () => {
        // A version that was told once is asked for no more.
        folder = await bench.directory(`binaries-${++count}`)
        await chmod(folder, 0o755)
        await mkdir(join(folder, 'ran'))
        await giveToServerUser(join(folder, 'ran'))
        const script = `#!/bin/sh\nid -u > ${folder}/ran/$$\necho 'postgres (PostgreSQL) 9.6'\n`
        await writeFile(join(folder, 'postgres'), script, { mode: 0o755 })
      })
      afterEach(() => runner.run('rm', ['-rf', folder]))

      /** Who ran the script, since the last look. */
      async function ranAs(): Promise<string[]> {
        const names = await readdir(join(folder, 'ran'))
        const users = await Promise.all(names.map((name) => readFile(join(folder, 'ran', name), 'utf8')))
        await Promise.all(names.map((name) => rm(join(folder, 'ran', name))))
        return users.map((user) => user.trim())
      }

      test('in postmaster.opts are tried as the owner', async () => {
        const { source } = bench
        const path = join(source.dataDirectory, 'postmaster.opts')
        await source.stop()
        await asOwner('sh', '-c', `echo '${folder}/postgres "-D" "."' > ${path}`)
        try {
          await using _ = await bench.fork()
          expect(await ranAs()).toEqual([String(uid)])
        } finally {
          await source.start()
        }
      })

      test('beside the program of a process of his, which postmaster.pid names, are tried as the owner', async () => {
        const { source } = bench
        await source.stop()
        await copyFile('/bin/sleep', join(folder, 'server'))
        await chmod(join(folder, 'server'), 0o755)
        const { dataDirectory } = source
        const server = execa('setpriv', [`--reuid=${uid}`, '--clear-groups', join(folder, 'server'), '600'], {
          cwd: dataDirectory,
          reject: false,
        })
        const isServer = async () => (await readlink(`/proc/${server.pid}/exe`)) === join(folder, 'server')
        await waitUntil(isServer, { timeoutMs: 60_000, what: 'process of his' })
        const lines = [server.pid, dataDirectory, Math.floor(Date.now() / 1000), source.port, '', '127.0.0.1', '', '']
        await asOwner('sh', '-c', `printf '%s\\n' "$@" > ${dataDirectory}/postmaster.pid`, '-', ...lines.map(String))
        try {
          // What claims to be a server lets nobody in.
          const attempt = createFork({ source: dataDirectory, ...bench.options, timeouts: { startMs: 5_000 } })
          await attempt.then((fork) => fork.destroy()).catch(() => {})
          expect(new Set(await ranAs())).toEqual(new Set([String(uid)]))
        } finally {
          server.kill('SIGKILL')
          await server
          await rm(join(dataDirectory, 'postmaster.pid'), { force: true })
          await source.start()
        }
      })
    })

    test('H63: configuration files are read with his rights: an included one of root is left out, as by the server', async () => {
      const { source } = bench
      const path = join(source.dataDirectory, 'postgresql.conf')
      const before = await readFile(path, 'utf8')
      await source.stop()
      await asOwner('sh', '-c', `printf "%s\\n" "include_if_exists '${secretFile}'" >> ${path}`)
      try {
        await using fork = await bench.fork()
        expect(await query(fork, 'SHOW work_mem')).toEqual([{ work_mem: '4MB' }])
        expect(await files(fork.dataDirectory)).toBe('')
      } finally {
        await writeFile(path, before)
        await source.start()
      }
    })

    test.each<[string, (fork: Fork) => Promise<unknown>]>([
      ['a symbolic link', (fork) => asOwner('ln', '-sf', secretFile, join(fork.dataDirectory, 'postgresql.conf'))],
      // As a hard link to one, where the kernel lets him make it (fs.protected_hardlinks = 0).
      ['a file of root', (fork) => copyFile(secretFile, join(fork.dataDirectory, 'new')).then(() => takePlace(fork))],
      ['a pipe', (fork) => asOwner('sh', '-c', `cd ${fork.dataDirectory}; rm postgresql.conf; mkfifo postgresql.conf`)],
    ])('H63: a fork whose settings became %s is reset with those that it was made with', async (_, spoil) => {
      await using fork = await bench.fork()
      await spoil(fork)
      await fork.reset()
      expect(await query(fork, 'SHOW work_mem')).toEqual([{ work_mem: '4MB' }])
      expect(await files(fork.dataDirectory)).toBe('')
    })

    test("H63: a tablespace's link to another user's directory is refused before anything is copied", async () => {
      const { dataDirectory } = bench.source
      const theirs = await bench.directory('theirs')
      await chown(theirs, nobody.uid, nobody.gid)
      await writeFile(join(theirs, 'private'), 'private', { mode: 0o644 })
      const link = join(dataDirectory, 'pg_tblspc', '99999')
      await asOwner('ln', '-s', theirs, link)
      try {
        await expect(bench.fork()).rejects.toMatchObject({
          code: 'LAYOUT_REFUSED',
          hazard: 'H63',
          step: 'inspect',
          leftBehind: [],
        })
      } finally {
        await unlink(link)
        await runner.run('rm', ['-rf', theirs])
      }
    })

    test("H63: a tablespace that is another user's by the time it is captured is given to nobody", async () => {
      const { source } = bench
      const space = await bench.directory('space')
      await createTablespace(source, 'space', join(space, 'files'))
      const meddling = withHooks(bench.options.driver, {
        before: () => chown(join(space, 'files'), nobody.uid, nobody.gid),
      })
      try {
        await expect(bench.fork({ driver: [meddling, copy()] })).rejects.toMatchObject({
          code: 'LAYOUT_REFUSED',
          hazard: 'H63',
          step: 'sanitize',
          leftBehind: [],
        })
      } finally {
        await giveToServerUser(join(space, 'files'))
        await source.query('DROP TABLESPACE space')
        await runner.run('rm', ['-rf', space])
      }
    })
  })

  await describeOn('xfs', {}, (bench: SourceWorkbench) => {
    test('H63: of pg_wal, what a base backup needs is copied: no link, and nothing of another name', async () => {
      const { dataDirectory } = bench.source
      const rootOnly = join(bench.storage.path, 'root-only')
      await writeFile(rootOnly, secret, { mode: 0o600 })
      const { uid = 0 } = serverUser ?? {}
      const link = async (name: string) => {
        const path = join(dataDirectory, 'pg_wal', name)
        await runner.run('ln', ['-s', rootOnly, path], { user: { uid, gid: uid } })
        return path
      }
      const other = await link('zz.history')
      {
        await using fork = await bench.fork()
        expect(await readdir(join(fork.dataDirectory, 'pg_wal'))).not.toContain('zz.history')
      }
      await unlink(other)
      const history = await link('0000000F.history')
      await expect(bench.fork()).rejects.toMatchObject({ code: 'LAYOUT_REFUSED', hazard: 'H66', leftBehind: [] })
      for (const path of [history, rootOnly]) await unlink(path)
    })

    test("H63: files of any size by the names of pg_wal's fill no disk of root's", async () => {
      const { uid = 0, gid = 0 } = serverUser ?? {}
      const large = join(bench.source.dataDirectory, 'pg_wal', '0000000F.history')
      await runner.run('truncate', ['--size', '1G', large], { user: { uid, gid } })
      try {
        await expect(bench.fork()).rejects.toThrow(/0000000F\.history has 1073741824 bytes, more than/)
      } finally {
        await unlink(large)
      }
    })

    test("H82: a group that he isn't in, which his data directory has by a folder's setgid bit, is not his server's", async () => {
      const { source } = bench
      const { uid = 0, gid = 0 } = serverUser ?? {}
      const theirs = 42
      const open = join(bench.storage.path, 'open')
      const copied = join(open, 'main')
      await mkdir(open)
      await chown(open, 0, theirs)
      await chmod(open, 0o3777)
      await source.stop()
      try {
        const words = ['-c', 'mkdir -m 0700 "$2" && cp -r "$1"/* "$2"', '-', source.dataDirectory, copied]
        await runner.run('sh', words, { user: { uid, gid } })
        expect((await lstat(copied)).gid).toBe(theirs)
        await using fork = await bench.fork({ source: copied })
        const status = await readFile(`/proc/${fork.pid}/status`, 'utf8')
        expect(/^Gid:\s*(.*)$/m.exec(status)?.[1]?.split('\t')).toEqual(Array(4).fill(String(gid)))
        expect(await query(fork, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      } finally {
        await source.start()
        await runner.run('rm', ['-rf', open])
      }
    })
  })
})
