import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { slugify } from '../../../site/.vitepress/slugify.ts'

const root = join(import.meta.dirname, '../../..')
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  ...{ cwd: root, encoding: 'utf8' },
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)))
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8').replaceAll(/^ *```.*?^ *```$/gms, '')

const anchorsOf = (text: string): string[] => {
  const found: string[] = []
  for (const [, heading = ''] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = slugify(heading.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1'))
    const again = found.filter((other) => other === slug || other.replace(/-\d+$/, '') === slug).length
    found.push(again === 0 ? slug : `${slug}-${again}`)
  }
  return [...found, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)]
}
const anchors = new Map(pages.map((path) => [path, anchorsOf(textOf(path))]))

test.each(pages)(
  'each link and picture of %s leads to a file that is there, and to a part of it that is there',
  (path) => {
    const links = [...textOf(path).matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)].map(([, link = '']) => link)
    const broken = links.filter((link) => {
      const [target = '', anchor] = link.split('#')
      const file = target === '' ? path : normalize(join(path, '..', target))
      if (!existsSync(join(root, file))) return true
      return anchor !== undefined && anchors.get(file)?.includes(anchor) !== true
    })
    expect(broken).toEqual([])
  },
)

test('there are such pages', () => {
  expect(pages.length).toBeGreaterThan(30)
})
