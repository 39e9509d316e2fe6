import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the documentation says of a code or of a hazard, as plain text. */
export interface Explanation {
  readonly topic: string
  readonly kind: 'error' | 'hazard'
  /** What is the matter. */
  readonly summary: string
  /** What to do about it, or what pgfork does. */
  readonly remedy: string
  /** Rows that say more. */
  readonly hazards: readonly string[]
}

/**
 * Reads docs/errors.md and docs/hazards.md, which come with `@pgfork/core`.
 *
 * @param folder theirs (`findDocs`)
 * @returns undefined where there is no such code or row; nothing at all where the pages are missing
 */
export function explain(topic: string, folder: string | undefined): Explanation | undefined {
  if (folder === undefined) return undefined
  const name = topic.toUpperCase()
  return /^H\d+$/.test(name) ? readHazard(name, page(folder, 'hazards.md')) : readError(name, page(folder, 'errors.md'))
}

const page = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8')

/** `## CODE`, a sentence, `**What to do:** ..`, and perhaps `Hazards: ..`. */
function readError(topic: string, text: string): Explanation | undefined {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${topic}\n`))
  if (section === undefined) return undefined
  const [, summary = '', remedy = '', hazards = ''] = section.trim().split(/\n\n/)
  return {
    ...{ topic, kind: 'error' },
    summary: toPlain(summary),
    remedy: toPlain(remedy).replace(/^What to do: /, ''),
    hazards: [...hazards.matchAll(/\[(H\d+)\]/g)].map(([, row = '']) => row),
  }
}

/** `| <a id="h1"></a>H1 | what goes wrong | what pgfork does |` */
function readHazard(topic: string, text: string): Explanation | undefined {
  const row = text.split('\n').find((line) => line.startsWith(`| <a id="${topic.toLowerCase()}"></a>`))
  const [, , summary, remedy] = row?.split(/(?<!\\)\|/).map((cell) => cell.trim()) ?? []
  if (summary === undefined || remedy === undefined) return undefined
  return { ...{ topic, kind: 'hazard' }, summary: toPlain(summary), remedy: toPlain(remedy), hazards: [] }
}

/** Markdown without its links and emphasis; a page is named where a link led to one. */
const toPlain = (markdown: string): string =>
  markdown
    .replaceAll(/\[([^\]]+)\]\(#[^)]*\)/g, '$1')
    .replaceAll(/\[([^\]]+)\]\(([^)#\s]+)[^)]*\)/g, '$1 (docs/$2)')
    .replaceAll(/\*\*?([^*]+)\*\*?/g, '$1')
    .replaceAll('\\|', '|')
    .replaceAll(/\s*\n\s*/g, ' ')
