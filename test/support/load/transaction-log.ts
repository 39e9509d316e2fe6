import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TransactionSample } from './load.ts'

/** Reads what pgbench's `--log` files in a folder have grown by since the last time. */
export function followTransactionLog(folder: string): () => Promise<TransactionSample[]> {
  const files = new Map<string, { position: number; rest: string }>()
  const samples: TransactionSample[] = []
  return async () => {
    for (const name of await readdir(folder)) {
      const before = files.get(name) ?? { position: 0, rest: '' }
      const text = await readFrom(join(folder, name), before.position)
      const lines = (before.rest + text).split('\n')
      files.set(name, { position: before.position + Buffer.byteLength(text), rest: lines.pop() ?? '' })
      for (const line of lines) samples.push(parseLine(line))
    }
    return samples.sort((one, other) => one.endMs - other.endMs).slice()
  }
}

/** "client transaction latency_us script epoch_s epoch_us ..", times of the end. */
function parseLine(line: string): TransactionSample {
  const [, , latency, , seconds, microseconds] = line.split(' ').map(Number)
  if (latency === undefined || Number.isNaN(latency) || seconds === undefined || microseconds === undefined)
    throw new Error(`pgbench logged a transaction that isn't understood: ${line}`)
  return { endMs: seconds * 1000 + microseconds / 1000, latencyMs: latency / 1000 }
}

async function readFrom(path: string, position: number): Promise<string> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc((await file.stat()).size - position)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
