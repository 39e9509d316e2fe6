import { openSnapshot } from '@pgfork/core'
import type { Command } from 'commander'
import { defineProtect } from '../define-protect.ts'

export const addSnapshotProtect = (group: Command): Command =>
  defineProtect(group, {
    summary: 'Keeps snapshots from being destroyed, and from prune.',
    examples: ['pgfork snapshot protect monday', 'pgfork snapshot protect monday --off'],
    open: openSnapshot,
  })
