import { printable } from '@pgfork/core/companion'

export interface Metric {
  readonly name: string
  readonly help: string
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels: Readonly<Record<string, string | undefined>>
  readonly value: number
}

/** Prometheus' text format, "Exposition formats", version 0.0.4. All are gauges. A metric without samples is left out. */
export function formatMetrics(metrics: readonly Metric[]): string[] {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, samples }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} gauge`,
      ...samples.map(({ labels, value }) => `${name}${formatLabels(labels)} ${value}`),
    ])
}

function formatLabels(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return pairs.length === 0 ? '' : `{${pairs.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`
}

/** A sample that can't be read hides all others. So what is printed otherwise (H81) is so before its backslashes are doubled. */
const escapeLabel = (value: string): string =>
  value
    .split('\n')
    .map((line) => printable(line.replaceAll('\r', ' ')).replaceAll('\\', '\\\\').replaceAll('"', '\\"'))
    .join('\\n')
