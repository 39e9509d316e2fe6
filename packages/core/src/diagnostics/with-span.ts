/** What is used of `@opentelemetry/api`, which need not be installed. */
interface Span {
  recordException(error: Error): void
  setStatus(status: { readonly code: number; readonly message?: string }): void
  end(): void
}

interface OpenTelemetry {
  readonly trace: {
    getTracer(name: string): {
      startActiveSpan<T>(
        name: string,
        options: { readonly attributes: Readonly<Record<string, string>> },
        action: (span: Span) => T,
      ): T
    }
  }
  readonly SpanStatusCode: { readonly ERROR: number }
}

/** Where a tracer has been set up, the API has left itself here, of whatever copy. */
const registered = Symbol.for('opentelemetry.js.api.1')
let loading: Promise<OpenTelemetry | undefined> | undefined

/** Within a span of OpenTelemetry's, where the program has set up its API (docs/observing.md). Otherwise it costs nothing. */
export async function withSpan<T>(
  name: string,
  attributes: Readonly<Record<string, string>>,
  action: () => Promise<T>,
): Promise<T> {
  if (!(registered in globalThis)) return action()
  loading ??= load()
  const api = await loading
  if (api === undefined) return action()
  return api.trace.getTracer('@pgfork/core').startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await action()
    } catch (error) {
      if (error instanceof Error) span.recordException(error)
      span.setStatus({ code: api.SpanStatusCode.ERROR, message: String((error as Error)?.message ?? error) })
      throw error
    } finally {
      span.end()
    }
  })
}

/** By a name that bundlers don't follow: they would miss it where it isn't installed. */
async function load(): Promise<OpenTelemetry | undefined> {
  const name = '@opentelemetry/api'
  try {
    return (await import(name)) as OpenTelemetry
  } catch {
    return undefined
  }
}
