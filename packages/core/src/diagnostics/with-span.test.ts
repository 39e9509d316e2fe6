import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterAll, expect, test } from 'vitest'
import { StepSequence } from '../operation/step-sequence.ts'

const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
afterAll(() => provider.shutdown())

/** In this order: without a tracer first. */
test('without a tracer there are no spans', async () => {
  await new StepSequence().run('inspect', async () => {})
  expect(exporter.getFinishedSpans()).toEqual([])
})

test('each step is a span within the one that the caller is in, and what is done in it lies within the step', async () => {
  provider.register()
  const tracer = trace.getTracer('test')
  const steps = new StepSequence()
  await tracer.startActiveSpan('caller', async (caller) => {
    await steps.run('inspect', () => tracer.startActiveSpan('query', async (span) => span.end()))
    await steps
      .run('plan', async () => {
        throw new Error('no plan')
      })
      .catch(() => {})
    caller.end()
  })
  const spans = exporter.getFinishedSpans()
  expect(spans.map(({ name }) => name)).toEqual(['query', 'pgfork inspect', 'pgfork plan', 'caller'])
  const [query, inspect, plan, caller] = spans
  expect(query?.parentSpanContext?.spanId).toBe(inspect?.spanContext().spanId)
  for (const span of [inspect, plan]) expect(span?.parentSpanContext?.spanId).toBe(caller?.spanContext().spanId)
  expect(inspect).toMatchObject({ attributes: { 'pgfork.step': 'inspect' }, status: { code: 0 } })
  expect(plan).toMatchObject({ status: { code: 2, message: 'no plan' }, events: [{ name: 'exception' }] })
})
