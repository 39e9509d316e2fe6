/** The same without passwords, and with `[function]` for functions: to be shown. */
export function redact(value: unknown): unknown {
  if (typeof value === 'function') return '[function]'
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(redact)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, isSecret.test(key) ? hidden : redact(one)]))
}

const hidden = '***'
/** Options of `pg.Client` and of TLS, and settings such as `primary_conninfo` and a library's own. */
const isSecret = /^(key|pfx)$|[._]key$|passw(?!ord_encryption)|passphrase|secret|token|conninfo/i

function redactText(text: string): string {
  return text
    .replace(/^(postgres(?:ql)?:\/\/[^/?#]*?):.*@/i, `$1:${hidden}@`)
    .replace(/([?&\s](?:ssl)?password=)[^&\s]*/gi, `$1${hidden}`)
}
