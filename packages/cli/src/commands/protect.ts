import { openFork } from '@pgfork/core'
import type { Command } from 'commander'
import { defineProtect } from './define-protect.ts'

export const addProtect = (program: Command): Command =>
  defineProtect(program, {
    summary: 'Keeps forks from being destroyed, and from gc.',
    examples: ['pgfork protect staging', 'pgfork protect staging --off'],
    open: openFork,
  })
