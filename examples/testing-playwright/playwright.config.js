import { defineConfig } from '@playwright/test'

export default defineConfig({ testMatch: '*.spec.js', workers: 1, reporter: 'list' })
