import { inspect } from 'node:util'

/**
 * Any value of a caller's as a short text on one line: errors hold plain data only, and must not throw another one. What a URL says before
 * its host, and a password in it, is left out: whoever gives one in the place of a name or a path has its secret told to nobody (H29).
 */
export const describeValue = (value: unknown): string =>
  inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 10_000, maxArrayLength: 10 })
    .replace(/(:\/\/)[^'"`\s]*@/g, '$1***@')
    .replace(/(passw(?:or)?d\s*[=:]\s*['"]?)[^'"`\s&,}]+/gi, '$1***')
    .slice(0, 300)
