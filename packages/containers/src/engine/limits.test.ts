import { expect, test } from 'vitest'
import { type GivenLimits, limitsOf, limitsShape, limitWords } from './limits.ts'

test('H115: the limits of a container become words of docker run, and what is no limit none', () => {
  const given = {
    ...{
      NetworkMode: 'host',
      Memory: 536870912,
      MemorySwap: -1,
      NanoCpus: 1500000000,
      CpuShares: 0,
      CpusetCpus: '0-1,3',
    },
    ...{
      PidsLimit: null,
      BlkioWeight: 0,
      CgroupParent: '/limited',
      Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: -1 }],
    },
    ...{
      BlkioDeviceReadBps: [{ Path: '/dev/sda', Rate: 1048576 }],
      BlkioDeviceWriteBps: null,
      BlkioDeviceReadIOps: [],
    },
  }
  const limits = limitsOf(given as GivenLimits)
  expect(limitsShape.parse(limits)).toEqual(limits)
  expect(limitWords(limits).join(' ')).toBe(
    '--memory 536870912 --memory-swap -1 --cpuset-cpus 0-1,3 --cgroup-parent /limited --cpus 1.5 --ulimit nofile=1024:-1 ' +
      '--device-read-bps /dev/sda:1048576',
  )
  expect(limitWords(undefined)).toEqual([])
})
