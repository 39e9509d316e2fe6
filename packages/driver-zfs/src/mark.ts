import { basename, dirname } from 'node:path'
import { type DriverContext, parseVolumes, type StoredItem, type Volume } from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import { datasetOf, snapshotPrefix } from './names.ts'
import type { Settings } from './options.ts'

type Kind = StoredItem['kind']

/** User properties by which a dataset or snapshot is known as ours. Children inherit them: only local ones count. */
export const markProperty = 'pgfork:mark'
const volumesProperty = 'pgfork:volumes'

/**
 * Options of `zfs snapshot` and `zfs clone` that mark what is made. One command may make several snapshots, which then carry
 * all their volumes.
 */
export const markOptions = (kind: Kind, volumes: readonly Volume[]): string[] => [
  '-o',
  `${markProperty}=${kind}`,
  '-o',
  `${volumesProperty}=${JSON.stringify(volumes)}`,
]

/** Whether a value and source of `markProperty` say that a dataset or snapshot is ours. */
export const isMark = ([value, source]: readonly string[], kind: Kind): boolean => value === kind && source === 'local'

/** Everything in a pool that carries our marks. */
export async function findMarked(
  pool: string,
  settings: Settings,
  context: DriverContext,
): Promise<{ kind: Kind; name: string; volume: Volume }[]> {
  const properties = `${markProperty},${volumesProperty}`
  const rows = await runZfs(
    ['get', '-Hp', '-r', '-s', 'local', '-t', 'filesystem,snapshot', '-o', 'name,property,value', properties, pool],
    settings,
    context,
  )
  const found = new Map<string, Record<string, string>>()
  for (const row of rows.split('\n').filter(Boolean)) {
    const [dataset = '', property = '', value = ''] = row.split('\t')
    found.set(dataset, { ...found.get(dataset), [property]: value })
  }
  return [...found].flatMap(([dataset, values]) => parseMark(pool, dataset, values) ?? [])
}

/** Where it lies is told by its name alone: whoever may set a property of a dataset, writes what he likes (H77). */
function parseMark(
  pool: string,
  dataset: string,
  values: Readonly<Record<string, string>>,
): { kind: Kind; name: string; volume: Volume } | undefined {
  const volumes = parseVolumes(values[volumesProperty]).map((volume) => ({ ...volume, pool: `zfs:${pool}` }))
  const [origin, snapshot] = dataset.split('@')
  if (values[markProperty] === 'snapshot' && snapshot?.startsWith(snapshotPrefix)) {
    const volume = volumes.find((candidate) => datasetOf(candidate) === origin)
    return volume && { kind: 'snapshot', name: snapshot.slice(snapshotPrefix.length), volume }
  }
  const [volume] = volumes
  if (values[markProperty] !== 'clone' || volume === undefined) return undefined
  const [parent, name] = [dirname(dataset), basename(dataset)]
  return { kind: 'clone', name, volume: { ...volume, attributes: { ...volume.attributes, parent } } }
}
