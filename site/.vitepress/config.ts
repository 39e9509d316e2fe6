import { defineConfig } from 'vitepress'
import { nav, sidebar } from './navigation.ts'
import { leadOutwards } from './outward-links.ts'
import { slugify } from './slugify.ts'

export default defineConfig({
  title: 'pgfork',
  description: 'Fork a running PostgreSQL server in about a second, whatever its size',
  lang: 'en',
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
  },
  transformPageData(page) {
    if (page.relativePath === 'index.md') page.frontmatter.aside = false
    if (page.relativePath.startsWith('api/')) page.frontmatter.outline = [2, 3]
  },
})
