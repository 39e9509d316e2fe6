import { open } from 'node:fs/promises'

const tailBytes = 4_096

/** The end of a server's log, whole lines. Empty when there is none. */
export async function readLogTail(logFile: string): Promise<string> {
  const file = await open(logFile, 'r').catch(() => undefined)
  if (file === undefined) return ''
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - tailBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, start)
    const text = buffer.subarray(0, bytesRead).toString('utf8')
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    await file.close()
  }
}
