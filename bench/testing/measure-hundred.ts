import { formatMs, formatRatio, formatTable } from '../report.ts'
import { medianOf } from '../statistics.ts'
import { startBareServer } from './bare-server.ts'
import { diskUsed, memoryOf } from './measure-memory.ts'
import { openPlace } from './place.ts'
import type { TestingSection } from './section.ts'
import { quantile, timed } from './time.ts'

const mebibyte = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MB`

/** Many servers of one template, all at once: cold, and out of a pool. */
export const measureHundred: TestingSection = async ({ servers: count, runs }, tell) => {
  await using place = await openPlace({ filesystem: 'btrfs', megabytes: 0 })
  const template = await place.template()
  const names = Array.from({ length: count }, (_, index) => `${index}`)
  const times: Record<'bare' | 'fork', number[]> = { bare: [], fork: [] }
  let [memory, disk] = [0, 0]
  for (let run = 1; run <= Math.min(3, runs); run++) {
    const [bareMs, bare] = await timed(() => Promise.all(names.map((name) => startBareServer(place, name))))
    await Promise.all(bare.map((server) => server.remove()))
    const before = run === 1 ? await diskUsed(place.path) : 0
    const [forkMs, forks] = await timed(() => Promise.all(names.map(() => template.fork())))
    if (run === 1) {
      memory = (await memoryOf(forks.map(({ pid }) => pid ?? 0))) / count
      disk = ((await diskUsed(place.path)) - before) / count
    }
    await Promise.all(forks.map((fork) => fork.destroy()))
    times.bare.push(bareMs)
    times.fork.push(forkMs)
    tell(`run ${run}: bare commands ${formatMs(bareMs)}, template.fork() ${formatMs(forkMs)}`)
  }
  await using pool = template.pool({ size: count, maximum: 2 * count })
  await pool.warm()
  const acquired = await Promise.all(
    names.map(() =>
      timed(async () => {
        const server = await pool.acquire()
        await (await server.connect()).query('select from users where id = 1')
        return server.pid ?? 0
      }),
    ),
  )
  const acquireMs = acquired.map(([milliseconds]) => milliseconds)
  const inUse = (await memoryOf(acquired.map(([, pid]) => pid))) / count
  const [bare, fork] = [medianOf(times.bare), medianOf(times.fork)]
  const p95 = quantile(acquireMs, 0.95)
  return {
    details: formatTable(
      [`${count} servers at once, Btrfs`, 'all ready'],
      [
        ['bare commands', formatMs(bare)],
        ['template.fork()', formatMs(fork)],
        [
          'a pool of them, until the first answer: p50 / p95',
          `${formatMs(quantile(acquireMs, 0.5))} / ${formatMs(p95)}`,
        ],
        ['memory of each (PSS), with a connection in use', mebibyte(inUse)],
        ['memory / disk of each, idle', `${mebibyte(memory)} / ${mebibyte(disk)}`],
      ],
    ),
    goals: [
      {
        what: `${count} at once: template.fork() / bare commands`,
        limit: 1.5,
        found: fork / bare,
        format: formatRatio,
      },
      { what: `${count} acquire() at once, p95`, limit: 100, found: p95, format: formatMs },
      { what: 'memory of a server', limit: 6 * 1024 ** 2, found: memory, format: mebibyte },
      { what: 'disk of a server', limit: 2 * 1024 ** 2, found: disk, format: mebibyte },
    ],
  }
}
