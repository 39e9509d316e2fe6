import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { chown, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork, type Fork, type UserIdentity } from '@pgfork/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isRoot, type Listener, listen, nobody } from '../../support/attacker/index.ts'
import { serverUser } from '../../support/system/server-user.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const postgres = serverUser as UserIdentity
/** As the owner of a socket: a link in its place. */
function lead(socket: string, target: string): void {
  execFileSync('setpriv', [
    ...[`--reuid=${postgres.uid}`, `--regid=${postgres.gid}`, '--clear-groups', 'sh', '-c'],
    ...['mv "$1" "$1.kept" && ln -s "$2" "$1"', '-', socket, target],
  ])
}

const socketOf = ({ connection: { host, port } }: Pick<Fork, 'connection'>): string => join(host, `.s.PGSQL.${port}`)

describe.runIf(isRoot)('the owner of a server has a socket of his lead elsewhere', async () => {
  await describeOn('btrfs', {}, (bench) => {
    let theirs: string
    /** Another user's server, whose folder lets nobody in but root. */
    let victim: Listener
    beforeEach(async () => {
      theirs = join(bench.storage.path, 'theirs')
      await mkdir(theirs, { mode: 0o700 })
      await chown(theirs, nobody.uid, nobody.gid)
      victim = await listen(join(theirs, 'socket'), nobody)
    })
    afterEach(async () => {
      await victim.close()
      await rm(theirs, { recursive: true })
    })

    test("H80: what root does in a fork isn't done in another user's server", async () => {
      await using fork = await bench.fork()
      lead(socketOf(fork), victim.path)
      await expect(fork.connect()).rejects.toThrow(/no socket of uid/)
      await expect(fork.activity()).rejects.toThrow(/no socket of uid/)
      await expect(createFork({ source: fork, ...bench.options })).rejects.toThrow(/no socket of uid/)
      expect(victim.visits).toEqual([])
    })

    test('H80: nor is what it is prepared by, when he is faster than root', async () => {
      const prepare = vi.fn()
      const made = bench.fork({
        prepare,
        onProgress({ step, status }) {
          if (step !== 'start' || status !== 'finished') return
          const clones = join(bench.storage.path, '.pgfork/clones')
          const file = join(clones, readdirSync(clones)[0] ?? '', 'volume/postmaster.pid')
          const [, , , port, folder = ''] = readFileSync(file, 'utf8').split('\n')
          lead(join(folder, `.s.PGSQL.${port}`), victim.path)
        },
      })
      await expect(made).rejects.toThrow(/no socket of uid/)
      expect(prepare).not.toHaveBeenCalled()
      expect(victim.visits).toEqual([])
    })

    test("H80: a source's server is not taken for another one that root alone could reach", async () => {
      const socket = socketOf(bench.source)
      lead(socket, victim.path)
      try {
        await expect(bench.fork({ checkpoint: true })).rejects.toMatchObject({ code: 'CONNECTION_REQUIRED' })
        expect(victim.visits).toEqual([])
      } finally {
        await rename(`${socket}.kept`, socket)
      }
    })

    describe('H29: a program of his in the place of the server', () => {
      let program: Listener
      beforeEach(async () => {
        const socket = socketOf(bench.source)
        await rename(socket, `${socket}.kept`)
        program = await listen(socket, postgres)
        vi.stubEnv('PGPASSWORD', 'of another server')
      })
      afterEach(async () => {
        vi.unstubAllEnvs()
        await program.close()
        await rename(`${program.path}.kept`, program.path)
      })

      test("is given no password of the environment's", async () => {
        await expect(bench.fork({ checkpoint: true })).rejects.toMatchObject({ code: 'CONNECTION_REQUIRED' })
        expect(new Set(program.visits)).toEqual(new Set(['']))
        expect(program.visits.length).toBeGreaterThan(0)
      })

      test('is given it where the caller names the socket himself', async () => {
        const { host, port } = bench.source.connection
        const source = { dataDirectory: bench.source.dataDirectory, connection: { host, port, user: 'postgres' } }
        await expect(bench.fork({ source })).rejects.toMatchObject({ code: 'CONNECTION_REQUIRED' })
        expect(new Set(program.visits)).toEqual(new Set(['of another server']))
      })
    })
  })
})
