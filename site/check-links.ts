import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { base } from './.vitepress/base.ts'

/**
 * Every link of the built site leads to a page or file that is there, and to a part of it that is there. VitePress checks only that pages
 * are there.
 */
const root = join(import.meta.dirname, 'dist')
const files = (await readdir(root, { recursive: true })).filter((path) => path.includes('.'))
const pages = files.filter((path) => path.endsWith('.html') && path !== '404.html')
const texts = new Map(
  await Promise.all(pages.map(async (path) => [path, await readFile(join(root, path), 'utf8')] as const)),
)
const anchors = new Map([...texts].map(([path, text]) => [path, new Set(findAll(text, /\bid="([^"]+)"/g))]))
const isThere = new Set(files.map((path) => path))
const broken = [...texts].flatMap(([path, text]) =>
  findAll(text, /\b(?:href|src)="([^"]+)"/g)
    .filter((link) => !/^(?:[a-z]+:|\/\/)/.test(link))
    .filter((link) => !leadsSomewhere(path, link))
    .map((link) => `${path}: ${link}`),
)
const linked = new Set(
  [...texts].flatMap(([path, text]) =>
    findAll(text, /\bhref="([^"]+)"/g).map((link) => resolveLink(path, decodeURIComponent(link.split('#')[0] ?? ''))),
  ),
)
const lost = pages.filter((path) => !linked.has(path))
if (lost.length > 0) throw new Error(`No page leads to ${lost.join(', ')}: see site/.vitepress/navigation.ts.`)
if (pages.length < 20) throw new Error(`There are only ${pages.length} pages.`)
if (broken.length > 0) throw new Error(`These links lead nowhere:\n${[...new Set(broken)].join('\n')}`)
console.log(`${pages.length} pages, all links lead somewhere`)

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = decodeURIComponent(link.replaceAll('&amp;', '&')).split('#')
  const found = path === '' ? page : resolveLink(page, path)
  if (found === undefined) return false
  return !anchor || !anchors.has(found) || (anchors.get(found)?.has(anchor) ?? false)
}

function resolveLink(page: string, path: string): string | undefined {
  const target = path.startsWith(base) ? path.slice(base.length) : normalize(join(dirname(page), path))
  return [target, `${target}.html`, join(target, 'index.html')].find((candidate) => isThere.has(candidate))
}

function findAll(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}
