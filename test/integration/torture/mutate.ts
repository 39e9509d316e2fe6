import { randomBytes, randomInt } from 'node:crypto'

type Mutation = (text: string) => string | Buffer

const wrongValues = [null, 0, -1, 1e308, '', 'x', true, [], {}, [[[]]], '../../main', '\0', '-rf'] as const

/** Ways in which a file of JSON goes wrong. */
const mutations: readonly Mutation[] = [
  (text) => text.slice(0, 1 + randomInt(text.length - 2)),
  (text) => randomBytes(1 + randomInt(2 * text.length)),
  (text) => `${text}${text}`,
  (text) => text.replace('"version": 1', '"version": 2'),
  () => `${'['.repeat(50_000)}`,
  () => JSON.stringify({ version: 1, name: 'x'.repeat(4 * 1024 * 1024) }),
  () => JSON.stringify(pick(wrongValues)),
  (text) => {
    const bytes = Buffer.from(text)
    for (let count = 0; count < 8; count++) bytes[randomInt(bytes.length)] = randomInt(256)
    return bytes
  },
  (text) => replaceField(JSON.parse(text) as Record<string, unknown>),
]

export const mutate = (text: string): string | Buffer => pick(mutations)(text)

/** One field of the record, or of something in it, gets a wrong value or goes. */
function replaceField(record: Record<string, unknown>): string {
  const holders = [record, ...Object.values(record).filter(isObject)]
  const holder = pick(holders)
  const field = pick(Object.keys(holder)) ?? 'name'
  if (randomInt(3) === 0) delete holder[field]
  else holder[field] = pick(wrongValues)
  return JSON.stringify(record)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const pick = <Item>(items: readonly Item[]): Item => items[randomInt(Math.max(items.length, 1))] as Item
