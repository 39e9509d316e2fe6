import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawPictures } from '../../../scripts/pictures/pictures.ts'

const root = join(import.meta.dirname, '../../..')

test('the pictures show what is in the repository now; else run npm run docs:pictures', async () => {
  for (const [path, text] of Object.entries(await drawPictures()))
    expect(await readFile(join(root, path), 'utf8'), path).toBe(text)
})

test('every picture is shown somewhere, and tells its content to those who do not see it', async () => {
  const folder = join(root, 'docs/pictures')
  const pages = [
    'README.md',
    ...(await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ]
  const texts = (await Promise.all(pages.map((path) => readFile(join(root, path), 'utf8')))).join('\n')
  for (const name of (await readdir(folder)).filter((name) => name.endsWith('.svg'))) {
    expect(texts).toMatch(new RegExp(`!\\[[^\\]]{20,}\\]\\((?:docs/)?pictures/${name}\\)`))
    expect(await readFile(join(folder, name), 'utf8')).toMatch(/role="img" aria-labelledby="title"/)
  }
})
