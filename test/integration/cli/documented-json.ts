import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** The fields of an object, as docs/cli.md writes them: `{ done: [name], failed: [{ name, error }] }`. Those of a name aren't known. */
export interface Shape {
  readonly fields: Readonly<Record<string, Shape | undefined>>
  readonly isList: boolean
}

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')
const [, output = ''] = /^## Output$(.*?)^## /ms.exec(page) ?? []
const rows = new Map(
  [...output.matchAll(/^\| (`[^|]+?|[a-z ]+) \| (.+) \|$/gm)].map(
    ([, left = '', right = '']) => [left, right] as const,
  ),
)

/**
 * Expects of what a command printed with `--json` exactly the fields that the page names, down to the last that it names.
 *
 * @param command as the page has it: `snapshot list`
 */
export function expectDocumented(command: string, document: unknown): void {
  expectShape(shapeOf(rowOf(command)), document, command)
}

/** Several commands may share a row. */
function rowOf(command: string): string {
  const found = [...rows].find(
    ([left]) => command === left || [...left.matchAll(/`([^`]+)`/g)].some(([, name]) => name === command),
  )
  if (found === undefined) throw new Error(`docs/cli.md has no row of ${command}`)
  return found[1]
}

/** `a fork, with ..` has the fields of a fork, and those that are named behind it. */
function shapeOf(text: string): Shape {
  const like = /^(?:a fork|a snapshot|an error)\b/.exec(text)?.[0]
  const same = text.startsWith('the same')
  if (/^`\w/.test(text)) return { fields: plainFields(text), isList: false }
  if (like === undefined && !same) return parseShape(/`(\{.*?\})`/.exec(text)?.[1] ?? '')
  const base = same ? shapeOf(rowOf('create')).fields : plainFields(rows.get(like ?? '') ?? '')
  const [, besides = ''] = /with ([^;]*)/s.exec(text) ?? []
  return { fields: { ...base, ...plainFields(besides) }, isList: false }
}

/** Names in backticks, each perhaps with its shape in brackets behind it. */
function plainFields(text: string): Record<string, Shape | undefined> {
  const outside = text.replaceAll(/\(([^()]*|\[.*?\]\(.*?\))*\)/g, '')
  return Object.fromEntries(
    [...outside.matchAll(/`([a-zA-Z]+)(?:: (\{.*?\}))?`/g)].map(([, name = '', shape]) => [
      name,
      shape && parseShape(shape),
    ]),
  ) as Record<string, Shape | undefined>
}

/** `{ a, b: [{ c }], d: [name] }` */
export function parseShape(text: string): Shape {
  const inner = /^\{ ?(.*?) ?\}$/s.exec(text)?.[1]
  if (inner === undefined) throw new Error(`docs/cli.md: no shape: ${text}`)
  const fields = splitOutside(inner).map((field): [string, Shape | undefined] => {
    const [, name = '', , value] = /^(\w+)(: (.*))?$/s.exec(field) ?? []
    if (value === undefined) return [name, undefined]
    const item = /^\[(\{.*\})\]$/s.exec(value)?.[1]
    if (item !== undefined) return [name, { ...parseShape(item), isList: true }]
    return [name, value.startsWith('{') ? parseShape(value) : undefined]
  })
  return { fields: Object.fromEntries(fields), isList: false }
}

/** At commas that stand in no brackets. */
function splitOutside(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const character of text) {
    if ('{['.includes(character)) depth++
    if ('}]'.includes(character)) depth--
    if (character === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts.map((part) => part.trim())
}

function expectShape({ fields, isList }: Shape, value: unknown, where: string): void {
  if (value === null) return
  const items = isList ? (value as unknown[]) : [value]
  for (const item of items) {
    expect(Object.keys(item as object).sort(), where).toEqual(Object.keys(fields).sort())
    for (const [name, shape] of Object.entries(fields))
      if (shape !== undefined) expectShape(shape, (item as Record<string, unknown>)[name], `${where}, ${name}`)
  }
}
