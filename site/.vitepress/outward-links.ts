import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'
import { findAddress } from '../../scripts/address.ts'

const checkout = resolve(import.meta.dirname, '../..')
const docs = join(checkout, 'docs')

const host = findAddress()?.repository

/**
 * Links out of docs/ lead to the code host's page. As long as none is known they are plain text. A link to a file that isn't there
 * fails the build: VitePress checks only those to pages.
 */
export function leadOutwards(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('outward-links', (state) => {
    for (const { children } of state.tokens)
      for (const [index, token] of (children ?? []).entries()) {
        const [href = '', anchor] = token.attrGet('href')?.split('#') ?? []
        if (token.type !== 'link_open' || !/^\.\.?\//.test(href)) continue
        const path = resolve(docs, state.env.relativePath, '..', href)
        if (!relative(docs, path).startsWith('..')) continue
        if (!existsSync(path)) throw new Error(`${state.env.relativePath} links to ${href}, which isn't there.`)
        if (host === undefined) unlink(children ?? [], index)
        else token.attrSet('href', [`${host}/blob/main/${relative(checkout, path)}`, anchor].filter(Boolean).join('#'))
      }
  })
}

type Tokens = NonNullable<Parameters<MarkdownRenderer['renderer']['render']>[0]>

function unlink(tokens: Tokens, opens: number): void {
  const closes = tokens.findIndex(({ type }, index) => index > opens && type === 'link_close')
  for (const token of [tokens[opens], tokens[closes]]) {
    if (token === undefined) continue
    token.type = 'text'
    token.content = ''
    token.tag = ''
    token.nesting = 0
  }
}
