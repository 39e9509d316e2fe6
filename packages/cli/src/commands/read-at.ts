import type { Moment } from '@pgfork/core'

/** `before:4711`, `after:4711`, `point:before the drop`; all else is a time or a location, which the library reads. */
export function readAt(text: string): Moment {
  const [, kind, value = ''] = /^(before|after|point):(.*)$/s.exec(text) ?? []
  if (kind === 'point') return { restorePoint: value }
  if (kind === 'before') return { before: value }
  return kind === 'after' ? { after: value } : text
}
