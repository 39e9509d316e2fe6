import { expect, test } from 'vitest'
import { formatMetrics } from './format-metrics.ts'

test('a metric has its help, its type and a line for each sample', () => {
  const samples = [
    { labels: { fork: 'one', source: undefined }, value: 1 },
    { labels: {}, value: 0.25 },
  ]
  expect(formatMetrics([{ name: 'pgfork_up', help: 'Whether it runs.', samples }])).toEqual([
    '# HELP pgfork_up Whether it runs.',
    '# TYPE pgfork_up gauge',
    'pgfork_up{fork="one"} 1',
    'pgfork_up 0.25',
  ])
  expect(formatMetrics([{ name: 'pgfork_none', help: '', samples: [] }])).toEqual([])
})

test('a label can end neither itself nor its line', () => {
  const labels = { source: '/srv/a"} 1\npgfork_evil{x="\\' }
  expect(formatMetrics([{ name: 'm', help: 'h', samples: [{ labels, value: 1 }] }])[2]).toBe(
    'm{source="/srv/a\\"} 1\\npgfork_evil{x=\\"\\\\"} 1',
  )
})

test('H81: a label that commands a terminal is shown so, in escapes that Prometheus can read', () => {
  const labels = { source: '/srv/\u001b[2J\rx' }
  expect(formatMetrics([{ name: 'm', help: 'h', samples: [{ labels, value: 1 }] }])[2]).toBe(
    'm{source="/srv/\\\\u001b[2J x"} 1',
  )
})
