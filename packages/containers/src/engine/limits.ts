import { z } from 'zod'

const number = z.number().int().optional()
const text = z
  .string()
  .regex(/^[\w./@:,-]{1,200}$/)
  .optional()
const ulimit = z.object({ Name: z.string().regex(/^[a-z]{1,20}$/), Soft: z.number().int(), Hard: z.number().int() })
const rate = z.object({ Path: z.string().regex(/^\/[^\0\n:]{1,200}$/), Rate: z.number().int().nonnegative() })

/** What a container takes of the machine at most, as its engine says it. Zero and nothing are no limit. */
export const limitsShape = z.object({
  Memory: number,
  MemorySwap: number,
  NanoCpus: number,
  CpuShares: number,
  CpuPeriod: number,
  CpuQuota: number,
  CpusetCpus: text,
  CpusetMems: text,
  PidsLimit: number,
  BlkioWeight: number,
  CgroupParent: text,
  Ulimits: z.array(ulimit).optional(),
  BlkioDeviceReadBps: z.array(rate).optional(),
  BlkioDeviceWriteBps: z.array(rate).optional(),
  BlkioDeviceReadIOps: z.array(rate).optional(),
  BlkioDeviceWriteIOps: z.array(rate).optional(),
})

export type Limits = z.infer<typeof limitsShape>

/** As the engine says them. */
export type GivenLimits = { readonly [Limit in keyof Limits]?: Limits[Limit] | null }

/** Of a source: the same code would take more of the machine in a fork, which it could fill (H115). */
export const limitsOf = (given: GivenLimits): Limits =>
  Object.fromEntries(
    Object.keys(limitsShape.shape)
      .map((name) => [name, given[name as keyof Limits]] as const)
      .filter(([, value]) => !isNone(value)),
  ) as Limits

const isNone = (value: unknown): boolean => !value || (Array.isArray(value) && value.length === 0)

const option = {
  Memory: '--memory',
  MemorySwap: '--memory-swap',
  CpuShares: '--cpu-shares',
  CpuPeriod: '--cpu-period',
  CpuQuota: '--cpu-quota',
  CpusetCpus: '--cpuset-cpus',
  CpusetMems: '--cpuset-mems',
  PidsLimit: '--pids-limit',
  BlkioWeight: '--blkio-weight',
  CgroupParent: '--cgroup-parent',
} as const
const rateOption = {
  BlkioDeviceReadBps: '--device-read-bps',
  BlkioDeviceWriteBps: '--device-write-bps',
  BlkioDeviceReadIOps: '--device-read-iops',
  BlkioDeviceWriteIOps: '--device-write-iops',
} as const

const entries = <Words extends object>(words: Words) =>
  Object.entries(words) as [keyof Words, Words[keyof Words] & string][]

/** For `docker run`. */
export const limitWords = (limits: Limits = {}): string[] => [
  ...entries(option).flatMap(([name, word]) => (limits[name] === undefined ? [] : [word, String(limits[name])])),
  ...(limits.NanoCpus === undefined ? [] : ['--cpus', String(limits.NanoCpus / 1e9)]),
  ...(limits.Ulimits ?? []).flatMap(({ Name, Soft, Hard }) => ['--ulimit', `${Name}=${Soft}:${Hard}`]),
  ...entries(rateOption).flatMap(([name, word]) =>
    (limits[name] ?? []).flatMap(({ Path, Rate }) => [word, `${Path}:${Rate}`]),
  ),
]
