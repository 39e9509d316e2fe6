import { defineConfig } from 'vitepress'
import { findAddress } from '../../scripts/address.ts'
import { base } from './base.ts'
import { nav, sidebar } from './navigation.ts'
import { leadOutwards } from './outward-links.ts'
import { slugify } from './slugify.ts'

const address = findAddress()

export default defineConfig({
  title: 'pgfork',
  description: 'Fork a running PostgreSQL server in about a second, whatever its size',
  lang: 'en',
  base,
  srcDir: '../docs',
  outDir: 'dist',
  cacheDir: 'node_modules/.cache',
  // A code host shows README.md for the folder.
  rewrites: { 'README.md': 'index.md' },
  cleanUrls: false,
  lastUpdated: false,
  markdown: {
    config: leadOutwards,
    // As a code host does, so that links to parts of pages lead there, too.
    anchor: { slugify },
    languageAlias: { sudoers: 'ini', console: 'shellsession' },
  },
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    nav,
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    externalLinkIcon: true,
    ...(address === undefined ? {} : { socialLinks: [{ icon: 'github', link: address.repository }] }),
  },
  transformPageData(page) {
    if (page.relativePath === 'index.md') page.frontmatter.aside = false
    if (page.relativePath.startsWith('api/')) page.frontmatter.outline = [2, 3]
  },
})
