import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { expect, onTestFinished, test } from 'vitest'
import { createRunner } from '../command/execa-runner.ts'
import { readStat } from './proc.ts'
import { waitUntil } from './wait-until.ts'
import { identifyDirectory, workingDirectory } from './working-directory.ts'

const runner = createRunner()
const user = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
const directoryOf = (pid: number) => workingDirectory(pid, user, runner)

test.runIf(process.platform === 'linux')(
  'H71: a process that is ending has let go of its directory, and is not one that cannot be looked at',
  async () => {
    // Nobody waits for the child: it stays as a zombie does.
    const program = '$| = 1; my $child = fork; exit unless $child; print "$child\\n"; sleep 60'
    const parent = spawn('perl', ['-e', program], { cwd: '/usr', stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void parent.kill('SIGKILL'))
    const [pid] = await once(parent.stdout, 'data')
    const isZombie = async () => readStat(Number(pid))?.isZombie
    await waitUntil(isZombie, { what: 'The end', timeoutMs: 20_000 })
    expect(await directoryOf(Number(pid))).toBe('ended')
    expect(await directoryOf(parent.pid as number)).toEqual(identifyDirectory('/usr'))
    expect(await directoryOf(2 ** 22 + 1)).toBe('ended')
  },
  60_000,
)
